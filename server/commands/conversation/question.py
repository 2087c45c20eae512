"""Open questions: asked by either side, answered or passed by the other."""

from dataclasses import replace

from schemas.base import merge_rules
from schemas.errors import BadRequest, WrongState
from schemas.question import AnswerQuestion, AskQuestion, PassQuestion, WithdrawQuestion
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import added, existing, own_words, require_theirs, said
from server.commands.states import in_state, taken_back, written_by
from server.trust import prompts
from sync.record import Record

RULES = {"answer": merge_rules(AnswerQuestion)["text"]}


@command("question.ask", AskQuestion)
def ask(context: Context, args: Args) -> list[Record]:
    """Ask an open question. The record keeps the words, also if the library changes them later."""
    if ("prompt" in args) == ("text" in args):
        raise BadRequest("text: give a prompt of the library, or a text of your own.", field="args.text")
    text = wording(args["prompt"], args["locale"]) if "prompt" in args else args["text"]
    data = {"prompt": args.get("prompt"), "locale": args["locale"], "text": text, "state": "asked", "answer": None}
    return [added(context, "question", args, data)]


@command("question.answer", AnswerQuestion)
def answer(context: Context, args: Args) -> list[Record]:
    """Answer a question that I was asked."""
    question = existing(context, "question", args)
    require_theirs(context, question)
    answered = context.merged(in_state(question, "answered"), {"answer": args["text"]}, RULES)
    if answered.data["answer"] is None:  # the answer was taken back after it was written, by the phones' clocks
        return [question]
    return [written_by(access.member(context, question.space), answered, "answer")]


@command("question.pass", PassQuestion)
def skip(context: Context, args: Args) -> list[Record]:
    """Pass a question that I was asked. To pass is an answer."""
    question = existing(context, "question", args, "asked", "passed")
    require_theirs(context, question)
    return [in_state(question, "passed")]


@command("question.withdraw", WithdrawQuestion, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Take back my answer, which then counts as a pass; or my question, as long as it has no answer."""
    question, member = said(context, "question", args)
    if question.deleted or question.author == member or question.data["state"] == "asked":
        question = own_words(context, "question", args)
        if not question.deleted and question.data["state"] == "answered":
            raise WrongState("This question has an answer; it cannot be taken back.", field="id", state="answered")
        return [question.tombstone()]
    if question.data["answer"] is None:
        return [question]
    since = {"answer": max(context.stamp, question.stamps["answer"])}
    return [replace(taken_back(question, state="passed", answer=None), stamps=since)]


def wording(prompt: str, locale: str) -> str:
    """Return the words of a prompt, also of a retired one; raises BadRequest if there never was such a prompt."""
    try:
        return prompts.text(prompt, locale)
    except KeyError as error:
        raise BadRequest("prompt: there is no such prompt; GET /api/v1/prompts.", field="args.prompt") from error
