using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Tests.Grains.Common;

public sealed class CheckTests
{
    [Theory]
    [InlineData("  Jos\u00e9 ", "Jos\u00e9")]
    [InlineData("Jose\u0301", "Jose\u0301")]
    [InlineData("\U0001F40E", "\U0001F40E")]
    public void Given_a_text_When_checked_Then_it_is_trimmed_and_kept_as_typed(string text, string kept) =>
        Assert.Equal(kept, Check.Text(text, "/name", 1, 10));

    [Theory]
    [InlineData(null, "/name")]
    [InlineData("", "/name")]
    [InlineData("   ", "/name")]
    [InlineData("12345678901", "/name")]
    [InlineData("a\nb", "/name")]
    [InlineData("a\u0085b", "/name")]
    [InlineData("a\u0000", "/name")]
    public void Given_a_text_out_of_bounds_When_checked_Then_the_field_is_named_and_not_its_value(string? text, string pointer)
    {
        var error = Assert.Throws<DomainException>(() => Check.Text(text, pointer, 1, 10));
        Assert.Equal((ErrorCode.InvalidRequest, pointer), (error.Code, error.Pointer));
        if (text?.Trim() is { Length: > 3 } words) Assert.DoesNotContain(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_half_a_surrogate_When_checked_Then_it_is_refused()
    {
        var half = new string('\ud800', 1);
        foreach (var text in new[] { half, "a" + half, half + "a", "a" + half + "e\u0301" })
            Assert.Equal(ErrorCode.InvalidRequest, Assert.Throws<DomainException>(() => Check.Text(text, "/name", 1, 10)).Code);
    }

    [Fact]
    public void Given_lines_When_they_are_allowed_Then_they_stay() => Assert.Equal("a\nb\tc", Check.Text("a\nb\tc\n", "/text", 1, 10, multiline: true));

    [Fact]
    public void Given_names_claimed_in_any_order_When_paged_Then_they_come_in_order_each_once()
    {
        var list = NameListState.Empty;
        foreach (var name in new[] { "m", "z", "a", "B", "aa" }) list = list.Claim(name, Guid.CreateVersion7(DateTimeOffset.UnixEpoch))!;
        Assert.Null(list.Claim("m", Guid.Empty));
        Assert.Same(list, list.Claim("m", list.Find("m")!.Value));
        var (first, next) = list.After(null, 2);
        var (second, last) = list.After(next, 10);
        Assert.Equal(["B", "a", "aa", "m", "z"], first.Concat(second).Select(name => name.Name));
        Assert.Null(last);
        Assert.Equal(["aa", "m"], list.After("ab"[..1], 2).Page.Select(name => name.Name));
    }

    [Fact]
    public void Given_ids_added_while_paging_When_paged_Then_each_older_one_is_shown_once()
    {
        Guid[] ids = [.. Enumerable.Range(0, 5).Select(i => new Guid(i, 0, 0, new byte[8]))];
        var list = ids[..4].Aggregate(IdListState.Empty, (state, id) => state.Add(id));
        Assert.Same(list, list.Add(ids[0]));
        var (first, next) = list.Newest(null, 3);
        var (second, last) = list.Add(ids[4]).Newest(next, 3);
        Assert.Equal([ids[3], ids[2], ids[1], ids[0]], first.Concat(second));
        Assert.Null(last);
        foreach (var bad in new[] { "-1", "9", "x", "" }) Assert.Throws<DomainException>(() => list.Newest(bad, 1));
    }
}
