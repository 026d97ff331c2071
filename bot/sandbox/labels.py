"""The answers about labels: a repository's, and an issue's."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.sandbox import payload
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, invalid, not_found, too_long
from bot.sandbox.records import Issue, Label

_COLOR = re.compile(r"[0-9a-fA-F]{6}")
_DESCRIPTION = 100  # characters


def list_labels(call: Call) -> Answer:
    """The labels of the repository."""
    return call.listed(sorted(call.repository().labels.values(), key=lambda each: each.name), call.shapes().label)


def get_label(call: Call) -> Answer:
    """One label of the repository."""
    return Answer(200, call.shapes().label(_label(call)))


def create_label(call: Call) -> Answer:
    """A new label of the repository."""
    call.need("write")
    fields = call.request.fields()
    name = payload.label_name(payload.text(fields, "name", required=True) or "")
    if call.repository().label(name):
        raise invalid("Label", "name", "already_exists")
    made = _described(call, Label(call.world.next_id(), name))
    return Answer(201, call.shapes().label(made), {"Location": call.shapes().label(made)["url"]})


def edit_label(call: Call) -> Answer:
    """The label with another name, colour or description; issues keep it."""
    call.need("write")
    label = _label(call)
    name = payload.text(call.request.fields(), "new_name")
    if name is not None:
        other = call.repository().label(payload.label_name(name))
        if other and other.id != label.id:
            raise invalid("Label", "name", "already_exists")
        label = replace(label, name=name)
    return Answer(200, call.shapes().label(_described(call, label)))


def delete_label(call: Call) -> Answer:
    """Delete the label; issues lose it."""
    call.need("write")
    label, repository = _label(call), call.repository()
    for issue in repository.issues.values():
        left = tuple(each for each in issue.labels if each != label.id)
        repository.issues[issue.number] = replace(issue, labels=left)
    del repository.labels[label.id]
    return Answer(204)


def list_issue_labels(call: Call) -> Answer:
    """The labels of an issue."""
    return _shown(call, call.issue())


def add_issue_labels(call: Call) -> Answer:
    """The issue's labels with more of them."""
    return _changed(call, (*_names_on(call, call.issue()), *_names_given(call)))


def set_issue_labels(call: Call) -> Answer:
    """The issue's labels replaced."""
    return _changed(call, _names_given(call))


def remove_issue_label(call: Call) -> Answer:
    """The issue's labels without one; 404 where it had not that one."""
    label = call.repository().label(call.names["label"])
    if label is None or label.id not in call.issue().labels:
        raise Refusal(404, "Label does not exist")
    return _changed(call, tuple(name for name in _names_on(call, call.issue()) if name != label.name))


def remove_issue_labels(call: Call) -> Answer:
    """The issue without labels."""
    _changed(call, ())
    return Answer(204)


def _changed(call: Call, names: tuple[str, ...]) -> Answer:
    call.need("triage")
    return _shown(call, call.acts().label(call.issue(), names, create=call.allows("write")))


def _shown(call: Call, issue: Issue) -> Answer:
    labels = [call.repository().labels[each] for each in issue.labels]
    return call.listed(labels, call.shapes().label)


def _names_on(call: Call, issue: Issue) -> tuple[str, ...]:
    return tuple(call.repository().labels[each].name for each in issue.labels)


def _names_given(call: Call) -> tuple[str, ...]:
    data = call.request.payload()
    return payload.label_names(data if isinstance(data, dict) else {"labels": data}) or ()


def _label(call: Call) -> Label:
    label = call.repository().label(call.names["label"])
    if label is None:
        raise not_found()
    return label


def _described(call: Call, label: Label) -> Label:
    """The label with the request's colour and description, kept."""
    fields = call.request.fields()
    color = payload.text(fields, "color")
    if color is not None and not _COLOR.fullmatch(color):
        raise invalid("Label", "color", "invalid")
    description = payload.text(fields, "description")
    if description is not None and len(description) > _DESCRIPTION:
        raise too_long("Label", "description", _DESCRIPTION)
    made = replace(label, color=color or label.color, description=description or label.description)
    call.repository().labels[made.id] = made
    return made
