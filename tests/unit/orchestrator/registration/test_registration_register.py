SIZES


@pytest.mark.parametrize(
    ("framing", "data", "edges", "code"),
    [
        (FixedFraming(10), bytes(101), {}, "LRF001"),
        (FixedFraming(10), bytes(101), {"header_bytes": 100, "trailer_bytes": 2}, "LRF041"),
        (FixedFraming(10), bytes(20), {"header_records": 2, "trailer_records": 1}, "LRF042"),
        (V, rdw(b"a") + bytes(4), {}, None),
    ],
)
def test_what_the_size_alone_tells(
    framing: Framing, data: bytes, edges: dict[str, int], code: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "in.dat"
    path.write_bytes(data)
    if code is None:
        refuse_wrong_sizes([path], job(framing, **edges))
        return
    with pytest.raises(InputError) as caught:
        refuse_wrong_sizes([path], job(framing, **edges))
    assert caught.value.code == code
    assert "in.dat" in caught.value.message
