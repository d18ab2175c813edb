"""Everybody whom a mail can reach, by address: hands each mail to its reader, and says what became of it on the way."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.services.ports import Letter
from infra.simulate.answering import Answerer
from infra.simulate.directory import Colleague
from infra.simulate.givers import Giver
from infra.simulate.ideas import Idea
from infra.simulate.scene import Scene


class People:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._answerers: dict[str, Answerer] = {}
        self._givers: dict[str, Giver] = {}

    def expect_person(self, colleague: Colleague) -> None:
        """Plan when somebody comes into the directory, and when they leave it for good."""
        self._scene.clockwork.plan(colleague.comes, lambda: self._join(colleague))
        if colleague.leaves is not None:
            self._scene.clockwork.plan(colleague.leaves, lambda: self._leave(colleague))

    def _join(self, colleague: Colleague) -> None:
        self._scene.stage.add_person(colleague.row)
        self._answerers[colleague.row.email] = Answerer(self._scene, colleague)

    def _leave(self, colleague: Colleague) -> None:
        """They read their mail no more."""
        self._scene.stage.remove_person(colleague.row.person_id)
        del self._answerers[colleague.row.email]
        self._scene.acts["left for good"] += 1

    def expect(self, ideas: Iterable[Idea]) -> None:
        """Plan the sending of each idea."""
        for idea in ideas:
            giver = Giver(self._scene, idea)
            if idea.submission.email is not None:
                self._givers[idea.submission.email] = giver
            self._scene.clockwork.plan(idea.at, giver.send)

    def take(self, letter: Letter) -> DeliveryEvent:
        """What the receiving server says of a mail, and if it arrives its reader has it now."""
        if giver := self._givers.get(letter.to):
            if not giver.address_works:
                return _event(letter, "Bounce", permanent=True)
            giver.read(letter)
            return _event(letter, "Complaint" if giver.complains(letter) else "Delivery")
        if answerer := self._answerers.get(letter.to):
            chance = self._scene.behaviour.of(answerer.colleague.role).bounces
            if self._scene.dice("bounces", letter.mail_id).random() < chance:
                return _event(letter, "Bounce", permanent=True)
            answerer.read(letter)
        return _event(letter, "Delivery")


def _event(letter: Letter, kind: str, permanent: bool = False) -> DeliveryEvent:
    return DeliveryEvent(letter.mail_id, kind, permanent, ses_id=None)
