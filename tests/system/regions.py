"""A catalogue of many small campaigns, so that each test has a list, a campaign and a group of its own, and what a test
does with them: add a record, take it, read its row."""
import calendar
import dataclasses
import itertools
import time
import urllib.parse

APPLICATION = 134  # application.dbid of the harness
TENANT = 1
OTHER_TENANT = 2

YEAR = time.gmtime().tm_year + 4  # so far ahead that nothing of it is due in a test
DATE = f"07/15/{YEAR} 10:30"
DATE_EPOCH = calendar.timegm((YEAR, 7, 15, 10, 30, 0))


def date_time(epoch):
    """As GSW_DATE_TIME of a record in GMT."""
    return time.strftime("%m/%d/%Y %H:%M", time.gmtime(epoch))


def due_now():
    """The minute that it is: due, and too short ago to be refused. To be asked for with each request."""
    return date_time(time.time())


@dataclasses.dataclass(frozen=True)
class Region:
    number: int

    @property
    def list(self):
        return f"List {self.number}"

    @property
    def list_dbid(self):
        return 1000 + self.number

    @property
    def campaign(self):
        return f"Campaign {self.number}"

    @property
    def campaign_dbid(self):
        return 2000 + self.number

    @property
    def group(self):
        return 3000 + self.number

    @property
    def group_name(self):
        return f"Group {self.number}"


@dataclasses.dataclass
class Held:
    """A record that an agent has taken."""
    region: Region
    handle: int
    record_id: int
    phone: str
    customer: str
    agent: str
    chain: int


def calling_list(dbid, name, tenant="Resources", **more):
    return {"dbid": dbid, "name": name, "tenant": tenant, "daily-from": 0, "daily-till": 86400,
            "custom-fields": ["CUSTOMER", "NOTE"], "customer-id-field": "CUSTOMER", **more}


def catalogue(regions, tenants=("Resources",)):
    """Region 0 to `regions` - 1, all of the first tenant, all running in Preview mode."""
    made = [Region(n) for n in range(regions)]
    return {
        "tenants": [{"dbid": TENANT + n, "name": name} for n, name in enumerate(tenants)],
        "calling-lists": [calling_list(r.list_dbid, r.list) for r in made],
        "campaigns": [{"dbid": r.campaign_dbid, "name": r.campaign, "description": f"the campaign of region {r.number}",
                       "tenant": "Resources", "lists": [{"list": r.list, "weight": 10}]} for r in made],
        "campaign-groups": [{"dbid": r.group, "name": r.group_name, "description": f"the group of region {r.number}",
                             "campaign": r.campaign, "state": "Running", "mode": "Preview"} for r in made],
    }


def path(resource, name):
    return f"/{resource}/{urllib.parse.quote(str(name), safe='')}"


_unique = itertools.count(1)


class Scene:
    """What the tests do to prepare a case. Every phone, customer id and agent is a new one."""

    def __init__(self, server, client):
        self.server = server
        self.client = client

    @staticmethod
    def unique(prefix):
        return f"{prefix}{next(_unique):06}"

    def add(self, region, **attributes):
        """The acknowledgement of an added record."""
        body = {"GSW_PHONE": self.unique("+1555"), "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": region.campaign,
                **attributes}
        answer = self.client.post(f"{path('lists', region.list)}?req=AddRecord", body)
        assert answer.status == 200, answer.body
        return answer.json

    def preview(self, region, agent=None):
        """What the preview gave."""
        body = {} if agent is None else {"GSW_AGENT_ID": agent}
        answer = self.client.post(f"{path('campaigngroups', region.group)}?req=PreviewRecordRequest", body)
        assert answer.status == 200, answer.body
        return answer.json

    def take(self, region, agent=None, **attributes):
        """Adds a record and previews it: it must be the only one that is offered. `agent` "" stands for none."""
        agent = self.unique("agent") if agent is None else agent
        customer = attributes.setdefault("GSW_CUSTOMER_ID", self.unique("customer"))
        added = self.add(region, **attributes)
        taken = self.preview(region, agent or None)
        assert taken["GSW_USER_EVENT"] == "PreviewRecord", taken
        assert taken["GSW_CHAIN_ID"] == added["GSW_CHAIN_ID"] and taken["GSW_PHONE"] == added["GSW_PHONE"], (added,
                                                                                                             taken)
        handle = taken["GSW_RECORD_HANDLE"]
        record_id = self.server.rows("SELECT record_id FROM handles WHERE handle=?", handle)[0][0]
        return Held(region, handle, record_id, added["GSW_PHONE"], customer, agent, added["GSW_CHAIN_ID"])

    def take_callback(self, region, **attributes):
        """As take(), whatever else the list holds: a personal callback is offered first, and to its agent only."""
        agent = self.unique("agent")
        return self.take(region, agent, GSW_RECORD_TYPE=5, GSW_AGENT_ID=agent, **attributes)

    def row(self, record_id):
        return self._rows("record_id=?", record_id)[0]

    def chain(self, region, chain):
        """The rows of a chain by chain_n."""
        return self._rows("list_dbid=? AND chain_id=? ORDER BY chain_n", region.list_dbid, chain)

    def _rows(self, where, *values):
        # The keys follow contact and customer, and are no columns of ocs.md 4.1.
        names = [name for name in self.server.store.columns("records") if not name.endswith("_key")]
        sql = f"SELECT {', '.join(names)} FROM records WHERE {where}"
        return [dict(zip(names, row)) for row in self.server.rows(sql, *values)]

    def handle_row(self, handle):
        return self.server.rows("SELECT closed_by, closed_at FROM handles WHERE handle=?", handle)[0]

    def do_not_call(self, tenant=TENANT):
        return set(self.server.rows("SELECT kind, value FROM do_not_call WHERE tenant_dbid=?", tenant))
