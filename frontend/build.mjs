/**
 * Builds the panel and the card into the integration's folder.
 *
 *   node build.mjs [--out FOLDER] [--watch]
 *
 * Writes one ES module and, for each language but English, which is inside the module, a
 * small JSON file. The same sources always give the same bytes.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: { out: { type: "string" }, watch: { type: "boolean" } },
});
const out = options.out ?? join(here, "../custom_components/access_events/frontend");

/** Write the languages, small, and return a hash of all of them. */
async function writeLanguages() {
  const from = join(here, "src/translations");
  const to = join(out, "translations");
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  const hash = createHash("sha256");
  for (const name of (await readdir(from)).sort()) {
    const text = JSON.stringify(JSON.parse(await readFile(join(from, name), "utf8")));
    hash.update(name).update(text);
    if (name !== "en.json") await writeFile(join(to, name), `${text}\n`);
  }
  return hash.digest("hex").slice(0, 8);
}

/** Drop what only indents a template: HTML and CSS read any white space as one blank. */
const smallTemplates = {
  name: "small-templates",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\n\s+/g, "\n"),
      loader: "ts",
    }));
  },
};

const settings = {
  entryPoints: [join(here, "src/main.ts")],
  outfile: join(out, "access-events.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: {
    js: "/* Built from frontend/ by scripts/frontend. Contains Lit (BSD-3-Clause) and icons of Material Design Icons (Apache-2.0). */",
  },
  plugins: [smallTemplates],
  define: { LANGUAGES_HASH: JSON.stringify(await writeLanguages()) },
};

if (options.watch) {
  await (await esbuild.context(settings)).watch();
} else {
  await esbuild.build(settings);
}
