"""files.*: announced, uploaded, shared, in this order."""

from tests.fakes.workspace import call, refusal, service


def test_a_file_is_shared_when_it_is_there() -> None:
    """Not before, and not without a name or a size."""
    made = service()
    assert refusal(made, "files.getUploadURLExternal", filename="a.txt", length=0) == "invalid_arguments"
    told = call(made, "files.getUploadURLExternal", filename="a.txt", length=3)
    wanted = {"files": f'[{{"id": "{told["file_id"]}", "title": "A"}}]', "channel_id": "C0IMAGEPULLS"}
    assert refusal(made, "files.completeUploadExternal", **wanted) == "file_not_found"
    secret = told["upload_url"].rpartition("/")[2]
    made.space.uploads[secret]["content"] = b"abc"
    assert (
        refusal(made, "files.completeUploadExternal", **{**wanted, "channel_id": "C00000RANDOM"})
        == "not_in_channel"
    )
    [file] = call(made, "files.completeUploadExternal", **wanted)["files"]
    assert (file["title"], file["url"]) == ("A", f"/files/{file['id']}")
    [message] = made.space.channel("#image-pulls").messages.values()
    assert message["files"] == [file]
    assert "content" not in file
    for files in ("[]", "[1]", ""):
        assert refusal(made, "files.completeUploadExternal", files=files) == "invalid_arguments"


def test_a_file_that_is_deleted_takes_with_it_what_showed_nothing_else() -> None:
    """A message with words stays."""
    made = service()
    for comment in ("", "look"):
        told = call(made, "files.getUploadURLExternal", filename="a.txt", length=3)
        made.space.uploads[told["upload_url"].rpartition("/")[2]]["content"] = b"abc"
        wanted = {"files": f'[{{"id": "{told["file_id"]}"}}]', "channel_id": "C0IMAGEPULLS"}
        call(made, "files.completeUploadExternal", **wanted, initial_comment=comment)
        assert call(made, "files.delete", file=told["file_id"]) == {}
        assert refusal(made, "files.delete", file=told["file_id"]) == "file_not_found"
    [message] = made.space.channel("#image-pulls").messages.values()
    assert (message["text"], message.get("files")) == ("look", None)
    made.space.keep_file({"id": "F1", "user": "U0000000DANA", "channels": []})
    assert refusal(made, "files.delete", file="F1") == "cant_delete_file"
