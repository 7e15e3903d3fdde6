"""Constants for the Access Events integration."""

DOMAIN = "access_events"
EVENT_TYPE = "access_events_event"
CAUGHT_UP_EVENT_TYPE = "access_events_caught_up"
SIGNAL_RECORDED = "access_events_recorded"

CONF_ADVANCED = "advanced"
CONF_DB_URL = "db_url"
CONF_FINGERPRINT = "fingerprint"
CONF_IMPORT_DAYS = "import_days"
CONF_MASK_CREDENTIALS = "mask_credentials"
CONF_PUSH = "push"
CONF_PUSH_LOGIN = "push_login"
CONF_PUSH_PASSWORD = "push_password"
CONF_PUSH_URL = "push_url"
CONF_PEOPLE = "people"
CONF_PERSON = "person"
CONF_RECORD_NAMES = "record_names"
CONF_RETENTION_DAYS = "retention_days"
CONF_SERIAL = "serial"
CONF_SENSORS = "sensors"
CONF_SIDEBAR = "sidebar"
CONF_VENDOR = "vendor"

SUBENTRY_PERSON = "person"

DEFAULT_IMPORT_DAYS = 7
DEFAULT_RETENTION_DAYS = 365
