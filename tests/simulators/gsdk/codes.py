"""Event codes and sub codes of the vendor's map."""

from typing import Final

VERIFY_SUCCESS: Final = 0x1000
VERIFY_FAIL: Final = 0x1100
VERIFY_DURESS: Final = 0x1200
IDENTIFY_SUCCESS: Final = 0x1300
IDENTIFY_FAIL: Final = 0x1400
IDENTIFY_DURESS: Final = 0x1500
AUTH_FAILED: Final = 0x1800
ACCESS_DENIED: Final = 0x1900
USER_ENROLLED: Final = 0x2000
USER_ENROLL_FAIL: Final = 0x2100
USER_UPDATED: Final = 0x2200
USER_DELETED: Final = 0x2400
USER_DELETED_ALL: Final = 0x2600
DUPLICATE_CREDENTIAL: Final = 0x2800
SYSTEM_RESET: Final = 0x3000
SYSTEM_STARTED: Final = 0x3100
TIME_SET: Final = 0x3200
TCP_CONNECTED: Final = 0x3B00
TCP_DISCONNECTED: Final = 0x3C00
INPUT_DETECTED: Final = 0x3F00
TAMPER_ON: Final = 0x4000
TAMPER_OFF: Final = 0x4100
LOG_CLEARED: Final = 0x4200
DATABASE_RESET: Final = 0x4501
FACTORY_RESET: Final = 0x4502
INPUT_SHORT: Final = 0x4600
INPUT_OPEN: Final = 0x4700
EXIT_BUTTON: Final = 0x4A00
DOOR_UNLOCKED: Final = 0x5000
DOOR_LOCKED: Final = 0x5100
DOOR_OPENED: Final = 0x5200
DOOR_CLOSED: Final = 0x5300
DOOR_FORCED: Final = 0x5400
DOOR_HELD: Final = 0x5500
FORCED_ALARM: Final = 0x5600
FORCED_ALARM_CLEAR: Final = 0x5700
HELD_ALARM: Final = 0x5800
HELD_ALARM_CLEAR: Final = 0x5900
APB_ALARM: Final = 0x5A00
APB_ALARM_CLEAR: Final = 0x5B00
DOOR_RELEASE: Final = 0x5C00
DOOR_LOCK: Final = 0x5D00
DOOR_UNLOCK: Final = 0x5E00
DOOR_NORMALIZED: Final = 0x5F07
INTRUSION_ARM_FAIL: Final = 0x9300
INTRUSION_ARMED: Final = 0x9200
INTRUSION_DISARMED: Final = 0x9500
INTRUSION_ALARM: Final = 0x9800
INTRUSION_ALARM_CLEAR: Final = 0x9900
INTERLOCK_VIOLATION: Final = 0xA000

# Codes whose userID tells who it was.
PERSON_CODES: Final = range(0x1000, 0x3000)
DOOR_CODES: Final = range(0x5000, 0x6000)

DUAL_FAIL_GROUP: Final = 0x02
CREDENTIAL_ID: Final = 0x01
CREDENTIAL_CARD: Final = 0x02
CREDENTIAL_PIN: Final = 0x03
AUTH_MODE: Final = 0x01
AUTH_DOOR_LOCKED: Final = 0x06
BY_SERVER: Final = 0x01
BY_DEVICE: Final = 0x02
FLAG_SCHEDULE: Final = 0x01
FLAG_EMERGENCY: Final = 0x02
FLAG_OPERATOR: Final = 0x04

# method -> (code of success, sub code, sub code of failure)
METHODS: Final = {
    "id_pin": (VERIFY_SUCCESS, 0x01, CREDENTIAL_PIN),
    "id_finger": (VERIFY_SUCCESS, 0x02, 0x04),
    "id_face": (VERIFY_SUCCESS, 0x04, 0x05),
    "card": (VERIFY_SUCCESS, 0x06, CREDENTIAL_CARD),
    "card_pin": (VERIFY_SUCCESS, 0x07, CREDENTIAL_PIN),
    "card_finger": (VERIFY_SUCCESS, 0x08, 0x04),
    "card_face": (VERIFY_SUCCESS, 0x0A, 0x05),
    "mobile": (VERIFY_SUCCESS, 0x16, 0x08),
    "qr": (VERIFY_SUCCESS, 0x25, 0x0C),
    "finger": (IDENTIFY_SUCCESS, 0x01, 0x04),
    "finger_pin": (IDENTIFY_SUCCESS, 0x02, CREDENTIAL_PIN),
    "face": (IDENTIFY_SUCCESS, 0x03, 0x05),
    "face_pin": (IDENTIFY_SUCCESS, 0x04, CREDENTIAL_PIN),
    "face_finger": (IDENTIFY_SUCCESS, 0x05, 0x04),
}

# reason -> (code, sub code) of a denial
REASONS: Final = {
    "access_group": (ACCESS_DENIED, 0x01),
    "disabled": (ACCESS_DENIED, 0x02),
    "expired": (ACCESS_DENIED, 0x03),
    "blacklist": (ACCESS_DENIED, 0x04),
    "apb": (ACCESS_DENIED, 0x05),
    "timed_apb": (ACCESS_DENIED, 0x06),
    "scheduled_lock": (ACCESS_DENIED, 0x07),
    "face_detection": (ACCESS_DENIED, 0x0A),
    "fake_finger": (ACCESS_DENIED, 0x0C),
    "intrusion_alarm": (ACCESS_DENIED, 0x0E),
    "interlock": (ACCESS_DENIED, 0x0F),
    "auth_limit": (ACCESS_DENIED, 0x11),
    "high_temperature": (ACCESS_DENIED, 0x13),
    "unmasked_face": (ACCESS_DENIED, 0x15),
    "occupancy_limit": (ACCESS_DENIED, 0x16),
    "door_locked": (ACCESS_DENIED, 0x17),
    "auth_mode": (AUTH_FAILED, AUTH_MODE),
    "invalid_credential": (AUTH_FAILED, 0x02),
    "timeout": (AUTH_FAILED, 0x03),
    "auth_door_locked": (AUTH_FAILED, AUTH_DOOR_LOCKED),
    "dual_timeout": (0x1700, 0x01),
    "dual_group": (0x1700, DUAL_FAIL_GROUP),
}
# An anti-passback rule was broken and the door opened all the same.
EXCUSED: Final = {"apb": 0x08, "timed_apb": 0x09, "auth_limit": 0x10}

_VERIFY = (*range(0x14), *range(0x16, 0x1C), 0x20, 0x21, *range(0x25, 0x2D), 0x31)
_CREDENTIAL = tuple(range(0x0E))
_RELAY = (0, 1, 2, 3, 5, 6, 7, 8, 9)
_FLOOR = (0, 1, 2, 4, 8)
_SUBS: dict[int, tuple[int, ...]] = {
    0x1000: _VERIFY,
    0x1200: _VERIFY,
    0x1100: _CREDENTIAL,
    0x1400: _CREDENTIAL,
    0x2800: _CREDENTIAL,
    0x1300: tuple(range(9)),
    0x1500: tuple(range(9)),
    0x1800: (0, 1, 2, 3, 4, 6),
    0x1900: (*range(0x18), 0x19, 0x1A, 0x1B),
    0x1B00: (0, 1, 2, 3),
    0x1C00: (0, 1, 2, 0x13, 0x14, 0x15),
    0x1D00: (0, 1, 0x13, 0x14),
    0x2A00: (0, 1, 2, 3, 4, 9),
    0x3F00: (0, 1, 0x10, 0x11),
    0x5C00: (0, 1, 2, 4, 5),
    0x7200: _FLOOR,
    0x7300: _FLOOR,
    0x7400: _FLOOR,
    0xC300: _RELAY,
    0xC400: _RELAY,
    0xC500: _RELAY,
} | dict.fromkeys((0x1700, *range(0x2000, 0x2700, 0x100), 0x6000, 0x6300), (0, 1, 2))


def _every(first: int, last: int, *without: int) -> list[int]:
    """Return each whole hundred from the first to the last."""
    return [code for code in range(first, last + 1, 0x100) if code not in without]


_CODES = (
    *_every(0x1000, 0x1E00),
    *_every(0x2000, 0x2B00),
    *_every(0x3000, 0x3F00, 0x3900, 0x3A00),
    *(0x3050, 0x3201, 0x3202, 0x3601, 0x3602, 0x3B10, 0x3C10),
    *_every(0x4000, 0x4D00),
    *(*range(0x4501, 0x4505), 0x4A01, *range(0x4D01, 0x4D05), 0x4F10, 0x4F20),
    *_every(0x5000, 0x5F00),
    *(0x5601, 0x5702, 0x5D01, 0x5D02, 0x5D04, 0x5E01, 0x5E02, 0x5E04, 0x5E05),
    *range(0x5F01, 0x5F08),
    *_every(0x6000, 0x7900),
    *_every(0x9000, 0x9B00, 0x9700),
    *_every(0xA000, 0xAA00),
    *_every(0xB000, 0xBB00, 0xB300, 0xB400),
    *_every(0xC000, 0xC500),
)
# All 406 pairs of the map, version 1.9.1.
ALL: Final = tuple(
    (code, sub) for code in sorted(_CODES) for sub in _SUBS.get(code, (0,))
)
