"""The idea sluice on AWS Chalice: registers what `chalicelib.handlers` offers, and nothing else."""

from chalice.app import Chalice

from chalicelib import wiring
from chalicelib.handlers.asks import asks
from chalicelib.handlers.elsewhere import elsewhere
from chalicelib.handlers.fewer_mails import fewer_mails
from chalicelib.handlers.handover import handover
from chalicelib.handlers.http import finish
from chalicelib.handlers.lost_link import lost_link
from chalicelib.handlers.public import public
from chalicelib.handlers.status import status
from chalicelib.handlers.workers import workers

app = Chalice(app_name="idesluss")
wiring.set_up_logging()
for blueprint in (public, lost_link, status, fewer_mails, asks, handover, workers, elsewhere):
    app.register_blueprint(blueprint)
app.register_middleware(finish, "http")
