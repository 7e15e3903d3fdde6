"""The site that the simulator starts with, for any number of doors."""

import unicodedata

from .site import Device, Door, DoorGroup, Floor, Person, Policy, Site

# first name, last name, card as read, PIN, plate, status
PEOPLE = (
    ("Jane", "Doe", "6FC02554", "57301208", "JD 420", "ACTIVE"),
    ("John", "Roe", "36184452", "88120934", "", "ACTIVE"),
    ("Zoë", "Müller-Lüdenscheidt", "04A1B2C3D4E580", "", "B ZM 1", "ACTIVE"),
    ("Łukasz", "Żak", "014A3151", "24681012", "", "ACTIVE"),
    ("太郎", "山田", "70112233", "", "", "ACTIVE"),
    ("Анна", "Иванова", "", "13579135", "", "ACTIVE"),
    ("Conor", "O'Brien", "068E2836", "", "", "PENDING"),
    ("Former", "Employee", "068E2839", "", "", "DEACTIVATED"),
)
VISITOR = ("Victor", "Visitor")

_OPEN_HOURS = [{"start_time": "08:00:00", "end_time": "18:00:59"}]
_WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def build_site(doors: int | None, seed: int) -> Site:
    """Return the default site, or one with just so many doors."""
    site = Site(seed, "", "", "UDM Pro", [])
    site.controller_id = site.mac("controller")
    site.building_id = site.uuid("building")
    site.floors = [Floor(site.uuid(f"floor {name}"), name) for name in ("1F", "2F")]
    makers = (
        _front_door,
        _side_door,
        _storage,
        _office,
        _cafe,
        _gate,
        _old_entrance,
    )
    wanted = len(makers) if doors is None else doors
    for make in makers[:wanted]:
        make(site)
    for number in range(len(site.doors) + 1, wanted + 1):
        _plain_door(site, number)
    _add_schedules_and_policies(site)
    _add_people(site)
    return site


def new_door(site: Site, name: str, hub: Device | None, floor: int = 0) -> Door:
    """Add a door without readers to the site."""
    place = site.floors[floor]
    door = Door(
        site.uuid(f"door {name}"),
        name,
        f"{site.building} - {place.name} - {name}",
        place,
        hub,
        log_name=name,
    )
    if hub is not None and not hub.location_id and hub.type != "UAH-Ent":
        hub.location_id = door.id
    site.doors[door.id] = door
    return door


def _reader(site: Site, door: Door, kind: str, what: str) -> Device:
    """Add a reader at a door."""
    return site.add_device(f"{door.name} {what}", kind, hub=door.hub, location=door.id)


def _front_door(site: Site) -> None:
    """Add the usual door: hub, intercom reader, exit reader, sensor."""
    door = new_door(site, "Front Door", site.add_device("front hub", "UAH-DOOR"))
    door.reader = _reader(site, door, "UA-G2-PRO", "in")
    door.exit_reader = _reader(site, door, "UA-LITE", "out")


def _side_door(site: Site) -> None:
    """Add a door whose log rows hold its hub's MAC in place of its UUID."""
    door = new_door(site, "Side Door", site.add_device("side hub", "UAH"))
    door.reader = _reader(site, door, "UA-LITE", "in")
    door.log_door_id = "hub_mac"


def _storage(site: Site) -> None:
    """Add a door without a sensor, whose device pushes insights only."""
    door = new_door(site, "Storage", site.add_device("storage hub", "UA-ULTRA"))
    door.reader = door.hub
    door.sensor = False
    door.log_frames = "insights"


def _office(site: Site) -> None:
    """Add the first door of an eight-door hub."""
    hub = site.add_device("enterprise hub", "UAH-Ent")
    door = new_door(site, "Büro", hub, 1)
    door.reader = _reader(site, door, "UA-G3-Pro", "in")


def _cafe(site: Site) -> None:
    """Add the second door of that hub: its rows are as unhelpful as rows get."""
    hub = next((item for item in site.devices.values() if item.type == "UAH-Ent"), None)
    door = new_door(site, "Café", hub or site.add_device("cafe hub", "UAH"), 1)
    door.reader = _reader(site, door, "UA-G2-PRO", "in")
    door.log_door_id = "hub_mac"
    door.log_name = unicodedata.normalize("NFD", "Café") + " "


def _gate(site: Site) -> None:
    """Add a gate that knows no lock rules, whose device pushes plain logs only."""
    door = new_door(site, "Garage Gate", site.add_device("gate hub", "UGT"))
    door.reader = _reader(site, door, "UA-G6-Pro-Entry", "in")
    door.supports_rules = False
    door.log_frames = "logs"


def _old_entrance(site: Site) -> None:
    """Add a door that no hub serves."""
    door = new_door(site, "Old Entrance", None)
    door.sensor = False


def _plain_door(site: Site, number: int) -> None:
    """Add one of many equal doors."""
    name = f"Door {number:03}"
    door = new_door(site, name, site.add_device(f"{name} hub", "UAH-DOOR"))
    door.reader = _reader(site, door, "UA-LITE", "in")


def _add_schedules_and_policies(site: Site) -> None:
    """Add two schedules, two policies and a door group."""
    for name, default in (("Always Access", True), ("Office Hours", False)):
        week = {day: [] if default else _OPEN_HOURS for day in _WORKDAYS}
        week |= {"saturday": [], "sunday": []}
        key = site.uuid(f"schedule {name}")
        site.schedules[key] = {
            "id": key,
            "is_default": default,
            "name": name,
            "type": "access",
            "status": 1,
            "weekly": week,
            "holiday_group_id": site.uuid("holidays"),
        }
    always, office = site.schedules
    group = DoorGroup(site.uuid("group"), "Ground Floor", list(site.doors)[:3])
    site.groups[group.id] = group
    everything = [{"id": site.building_id, "type": "door_group"}]
    ground = [{"id": group.id, "type": "door_group"}]
    for name, resources, schedule in (
        ("Everywhere, always", everything, always),
        ("Ground floor, office hours", ground, office),
    ):
        key = site.uuid(f"policy {name}")
        site.policies[key] = Policy(key, name, resources, schedule)
    key = site.uuid("user group")
    site.user_groups[key] = {"id": key, "name": "Staff", "up_id": site.building_id}


def _add_people(site: Site) -> None:
    """Add the staff and one visitor."""
    everywhere, ground = site.policies
    for first, last, card, pin, plate, status in PEOPLE:
        key = site.uuid(f"person {first} {last}")
        person = Person(key, first, last, pin=pin, status=status)
        person.employee_number = str(1000 + len(site.people))
        person.onboard_time = 1689047588
        person.policy_ids = [ground if last == "Roe" else everywhere]
        person.user_email = f"user{len(site.people) + 1}@example.com"
        if card:
            person.cards.append(site.add_card(card).token)
        if plate:
            person.plates[site.uuid(f"plate {plate}")] = plate
        site.people[key] = person
    first, last = VISITOR
    key = site.uuid("visitor")
    visitor = Person(key, first, last, "visitor", pin="90210777")
    visitor.visit = {"visit_reason": "Interview", "start_time": 0, "end_time": 0}
    site.people[key] = visitor
