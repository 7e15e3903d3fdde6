"""Config flow for the Access Events integration."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, override

import voluptuous as vol
from yarl import URL

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_HOST, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.helpers.service_info.ssdp import (
    ATTR_UPNP_FRIENDLY_NAME,
    ATTR_UPNP_MANUFACTURER,
    ATTR_UPNP_SERIAL,
    SsdpServiceInfo,
)

from .config_check import CheckError, Found, async_check, is_address
from .config_forms import (
    clean,
    fields_schema,
    history_schema,
    missing,
    options_schema,
    readable_fingerprint,
    shown_schema,
    sidebar_schema,
    without_secrets,
)
from .config_persons import PersonSubentryFlow
from .const import (
    CONF_FINGERPRINT,
    CONF_IMPORT_DAYS,
    CONF_PUSH,
    CONF_PUSH_LOGIN,
    CONF_PUSH_PASSWORD,
    CONF_PUSH_URL,
    CONF_SERIAL,
    CONF_SIDEBAR,
    CONF_VENDOR,
    DOMAIN,
    SUBENTRY_PERSON,
)
from .panel import PANEL, Sidebar
from .push import new_push_password, push_url
from .systems import VENDORS, Field, Vendor, vendor_announced_by
from .words import address


class AccessEventsConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds a system, or changes how it is reached."""

    VERSION = 1

    def __init__(self) -> None:
        """Start with nothing entered, nothing found and nothing gone wrong."""
        self._vendor: Vendor
        self._config: dict[str, Any] = {}
        self._found: Found
        self._failed = CheckError({}, {})
        self._known: dict[str, Any] = {}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which vendor's system it is."""
        vendors = sorted(VENDORS.values(), key=lambda vendor: vendor.name.casefold())
        return self.async_show_menu(
            step_id="user", menu_options=[vendor.key for vendor in vendors]
        )

    async def _async_step_vendor(
        self, vendor: Vendor, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask how to reach a system, and reach it."""
        self._vendor = vendor
        fields = tuple(field for field in vendor.fields if field.key not in self._known)
        if user_input is not None:
            config = self._known | clean(fields, user_input)
            if await self._async_check(fields, config):
                await self.async_set_unique_id(self._found.info.id)
                self._abort_if_unique_id_configured()
                return await self.async_step_history()
        return self._show_fields(
            vendor.key, fields_schema(fields), fields, self._config
        )

    @override
    async def async_step_ssdp(
        self, discovery_info: SsdpServiceInfo
    ) -> ConfigFlowResult:
        """Take a device that announces itself, if a system that we know runs on it."""
        told = discovery_info.upnp
        host = URL(discovery_info.ssdp_location or "").host
        serial = told.get(ATTR_UPNP_SERIAL)
        vendor = vendor_announced_by(told.get(ATTR_UPNP_MANUFACTURER))
        if not host or not serial or vendor is None:
            return self.async_abort(reason="not_found")
        await self.async_set_unique_id(serial)
        if self._async_follow(serial, host):
            return self.async_abort(reason="already_configured")
        # It is one that the user chose to ignore, if it has an entry all the same.
        self._abort_if_unique_id_configured()
        known = {CONF_HOST: host, CONF_SERIAL: serial} | {
            field.key: field.default for field in vendor.fields if field.default
        }
        # Nobody has given a secret yet, and only the right product misses it.
        probe = {field.key: "-" for field in vendor.fields if field.is_secret}
        self._vendor = vendor
        await self._async_check((), {CONF_VERIFY_SSL: False} | known | probe)
        if self._failed.errors != {"base": "invalid_auth"}:
            return self.async_abort(reason="not_found")
        self._known = self._config = known
        self._failed = CheckError({}, {})
        name = told.get(ATTR_UPNP_FRIENDLY_NAME) or vendor.manufacturer
        self.context["title_placeholders"] = {"name": f"{vendor.name}: {name} ({host})"}
        return await self._async_step_vendor(vendor, None)

    def _async_follow(self, serial: str, host: str) -> bool:
        """Return whether a discovered system is set up; its address may be another."""
        for entry in self._async_current_entries(include_ignore=False):
            if serial != entry.data.get(CONF_SERIAL) and host != entry.data.get(
                CONF_HOST
            ):
                continue
            unique_id = entry.unique_id
            if is_address(unique_id, entry.data):
                unique_id = host
            if host != entry.data.get(CONF_HOST):
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
            self.hass.config_entries.async_update_entry(
                entry,
                data={**entry.data, CONF_HOST: host, CONF_SERIAL: serial},
                unique_id=unique_id,
            )
            return True
        return False

    async def async_step_history(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how far back to import, and create the entry."""
        found = self._found
        if user_input is not None:
            return self.async_create_entry(
                title=found.info.name,
                data={
                    CONF_VENDOR: self._vendor.key,
                    CONF_IMPORT_DAYS: user_input[CONF_IMPORT_DAYS],
                    **found.config,
                },
            )
        return self.async_show_form(
            step_id="history",
            data_schema=history_schema(found.config.get(CONF_FINGERPRINT)),
            description_placeholders={
                "name": found.info.name,
                "doors": str(found.doors),
            },
            last_step=True,
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Begin to ask for new credentials."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for new credentials only."""
        vendor = self._vendor_of(self._get_reauth_entry())
        secrets = tuple(
            replace(field, advanced=False)
            for field in vendor.fields
            if field.is_secret or field.renewed
        )
        return await self._async_step_again(
            "reauth_confirm", secrets, fields_schema(secrets), user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for everything anew; secrets that stay empty are kept."""
        fields = self._vendor_of(self._get_reconfigure_entry()).fields
        schema = fields_schema(fields, secrets_optional=True)
        return await self._async_step_again("reconfigure", fields, schema, user_input)

    async def _async_step_again(
        self,
        step_id: str,
        fields: tuple[Field, ...],
        schema: vol.Schema,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Ask for some fields of an entry again, and reach the system with them."""
        data = self._entry.data
        if user_input is not None:
            asked = {field.key for field in fields if not field.is_secret}
            kept = {key: value for key, value in data.items() if key not in asked}
            if await self._async_check(fields, kept | clean(fields, user_input)):
                return await self._async_update()
            if self._failed.changed:
                return await self.async_step_certificate()
        return self._show_fields(step_id, schema, fields, self._config or data)

    async def async_step_certificate(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether another certificate than the pinned one is to be trusted."""
        changed = self._failed.changed
        assert changed is not None
        if user_input is None:
            return self.async_show_form(
                step_id="certificate",
                data_schema=vol.Schema({}),
                description_placeholders={
                    "address": address(self._vendor, self._config),
                    "expected": readable_fingerprint(changed.expected),
                    "seen": readable_fingerprint(changed.seen),
                },
            )
        if await self._async_check((), self._config | {CONF_FINGERPRINT: changed.seen}):
            return await self._async_update()
        if self._failed.changed:
            return await self.async_step_certificate()
        if self.source == SOURCE_REAUTH:
            return await self.async_step_reauth_confirm()
        return await self.async_step_reconfigure()

    @property
    def _entry(self) -> ConfigEntry:
        """Return the entry that is asked for again."""
        return self.hass.config_entries.async_get_known_entry(self.context["entry_id"])

    def _vendor_of(self, entry: ConfigEntry) -> Vendor:
        """Return the vendor of an entry, for the steps that follow."""
        self._vendor = VENDORS[entry.data[CONF_VENDOR]]
        return self._vendor

    async def _async_update(self) -> ConfigFlowResult:
        """Keep what was found to work, if it is still the same system."""
        entry, found = self._entry, self._found
        await self.async_set_unique_id(found.info.id)
        if not is_address(entry.unique_id, entry.data):
            self._abort_if_unique_id_mismatch()
        elif self.unique_id != entry.unique_id:
            # It has no id of its own, so elsewhere it looks like another system.
            self._abort_if_unique_id_configured()
        return self.async_update_reload_and_abort(
            entry, unique_id=found.info.id, data=found.config
        )

    def _show_fields(
        self,
        step_id: str,
        schema: vol.Schema,
        fields: tuple[Field, ...],
        values: Mapping[str, Any],
    ) -> ConfigFlowResult:
        """Show a form of fields, with what went wrong, and never with a secret."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, without_secrets(fields, values)
            ),
            errors=self._failed.errors,
            description_placeholders=self._failed.details,
        )

    async def _async_check(
        self, fields: Iterable[Field], config: dict[str, Any]
    ) -> bool:
        """Reach the system; keeps what was found, or else what went wrong."""
        self._config = config
        try:
            self._found = await async_check(self.hass, self._vendor, fields, config)
        except CheckError as err:
            self._failed = err
            return False
        return True

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow that links persons."""
        return {SUBENTRY_PERSON: PersonSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> AccessEventsOptionsFlow:
        """Return the flow that changes the options."""
        return AccessEventsOptionsFlow()


class AccessEventsOptionsFlow(OptionsFlowWithReload):
    """Changes what is kept, and the vendor's own options."""

    _options: dict[str, Any]

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        vendor = VENDORS[self.config_entry.data[CONF_VENDOR]]
        panel = self.hass.data[PANEL]
        errors: dict[str, str] = {}
        if user_input is not None:
            given = {key: value for key, value in user_input.items() if value != []}
            if not (errors := missing(vendor.options, given, "none_chosen")):
                sidebar = user_input.pop(CONF_SIDEBAR, None)
                if sidebar is not None:
                    await panel.async_choose(Sidebar(sidebar))
                self._options = user_input
                if user_input.get(CONF_PUSH):
                    return await self.async_step_push()
                return self.async_create_entry(data=user_input)
        # One choice for all systems, so it is kept apart from their options.
        schema = options_schema(vendor).extend(sidebar_schema(panel.sidebar).schema)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or self.config_entry.options
            ),
            errors=errors,
        )

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what to enter at a system that pushes its log."""
        if user_input is not None:
            return self.async_create_entry(data=self._options)
        entry = self.config_entry
        password = entry.options.get(CONF_PUSH_PASSWORD) or new_push_password()
        self._options = self._options | {CONF_PUSH_PASSWORD: password}
        return self.async_show_form(
            step_id="push",
            data_schema=shown_schema(
                {
                    CONF_PUSH_URL: push_url(self.hass),
                    CONF_PUSH_LOGIN: entry.unique_id or "",
                    CONF_PUSH_PASSWORD: password,
                }
            ),
            last_step=True,
        )


def _step_of(
    vendor: Vendor,
) -> Callable[
    [AccessEventsConfigFlow, dict[str, Any] | None], Awaitable[ConfigFlowResult]
]:
    """Return the step of a vendor."""

    async def async_step(
        self: AccessEventsConfigFlow, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        return await self._async_step_vendor(vendor, user_input)

    return async_step


for _vendor in VENDORS.values():
    setattr(AccessEventsConfigFlow, f"async_step_{_vendor.key}", _step_of(_vendor))
