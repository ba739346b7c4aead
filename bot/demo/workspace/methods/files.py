"""``files.*``: long material, announced, uploaded and then shared."""

import mimetypes
import secrets

from bot.demo.workspace.methods.chat import open_to, thread_of
from bot.demo.workspace.refusals import Object, Refused, invalid
from bot.demo.workspace.service import Call


def announce(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/files.getUploadURLExternal."""
    name, size = call.given.required("filename"), call.given.number("length", 0)
    if size <= 0:
        raise invalid("invalid_arguments", "[ERROR] must be greater than 0 [json-pointer:/length]")
    secret, now = secrets.token_urlsafe(24), call.space.now()
    file = {
        "id": call.space.new_id("F"),
        "created": now,
        "timestamp": now,
        "name": name,
        "title": name,
        "mimetype": mimetypes.guess_type(name)[0] or "text/plain",
        "filetype": name.rpartition(".")[2] or "text",
        "user": call.service.seed.app.user_id,
        "size": size,
        "mode": "hosted",
        "is_external": False,
        "alt_txt": call.given.text("alt_txt"),
        "channels": [],
    }
    call.space.announce(secret, file)
    return {"upload_url": f"{call.service.base}/upload/{secret}", "file_id": file["id"]}


def complete(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/files.completeUploadExternal."""
    wanted = call.given.value("files")
    if not isinstance(wanted, list) or not wanted:
        raise Refused("invalid_arguments")
    found = [_uploaded(call, each) for each in wanted]
    named = call.given.text("channel_id") or call.given.text("channels")
    channels = [open_to(call, each) for each in named.split(",") if each]
    threads = [thread_of(each, call.given) for each in channels]
    for secret, file in found:
        call.space.uploads.pop(secret)
        call.space.keep_file(file | {"channels": [each.id for each in channels]})
    told = [_told(call, file) for _, file in found]
    for channel, thread in zip(channels, threads, strict=True):
        said = {"text": call.given.text("initial_comment"), "files": told, "upload": True, **thread}
        call.service.say(channel, said)
    return {"files": told}


def delete(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/files.delete: a message that showed nothing else goes with it."""
    wanted = call.given.required("file")
    file = call.space.files.get(wanted)
    if file is None:
        raise Refused("file_not_found")
    if file["user"] != call.service.seed.app.user_id:
        raise Refused("cant_delete_file")
    del call.space.files[wanted]
    for name in file["channels"]:
        channel = call.space.channel(name)
        for each in [one for one in channel.messages.values() if one.get("files")]:
            left = [one for one in each["files"] if one["id"] != wanted]
            if not left and not each["text"]:
                call.space.remove(channel, each["ts"])
            elif left != each["files"]:
                call.space.change(channel, each["ts"], {"files": left or None})
    return {}


def _uploaded(call: Call, wanted: object) -> tuple[str, Object]:
    if not isinstance(wanted, dict) or "id" not in wanted:
        raise Refused("invalid_arguments")
    for secret, file in call.space.uploads.items():
        if file["id"] == wanted["id"] and "content" in file:
            return secret, file | {"title": str(wanted.get("title") or file["name"])}
    raise Refused("file_not_found")


def _told(call: Call, file: Object) -> Object:
    told = {name: value for name, value in file.items() if name != "content"}
    path = f"/files/{file['id']}"
    url = call.service.base + path
    return {**told, "url": path, "url_private": url, "url_private_download": url, "permalink": url}
