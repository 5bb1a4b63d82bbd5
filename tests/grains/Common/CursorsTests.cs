using System.Text;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Tests.Grains.Common;

public sealed class CursorsTests
{
    private const string List = "0195a000-0000-7000-8000-000000000001/users";
    private readonly Cursors _cursors = Of(1);

    [Theory]
    [InlineData("a")]
    [InlineData("ann.okafor")]
    [InlineData("Zoë 東京 \U0001F3E5")]
    [InlineData("")]
    public void Given_a_position_When_written_Then_it_is_read_again_and_the_same_each_time(string position)
    {
        var cursor = _cursors.Write(List, position);
        Assert.Equal(position, _cursors.Read(List, cursor));
        Assert.Equal(cursor, Of(1).Write(List, position));
        Assert.Matches("^1[A-Za-z0-9_-]+$", cursor);
    }

    [Fact]
    public void Given_positions_of_other_lengths_When_written_Then_neither_text_nor_length_shows()
    {
        var (shorter, longer) = (_cursors.Write(List, "ann"), _cursors.Write(List, "ann.okafor-lindqvist"));
        Assert.Equal(shorter.Length, longer.Length);
        foreach (var cursor in new[] { shorter, longer })
        {
            var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(cursor.AsSpan(1));
            Assert.DoesNotContain("ann", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Given_a_cursor_When_any_character_is_another_Then_it_is_refused()
    {
        var cursor = _cursors.Write(List, "ann.okafor");
        foreach (var other in "AQgw1-_ =+/.")
        {
            for (var i = 0; i < cursor.Length; i++)
            {
                if (cursor[i] != other) Refused(_cursors, List, $"{cursor[..i]}{other}{cursor[(i + 1)..]}");
            }
        }
    }

    [Fact]
    public void Given_a_cursor_When_cut_or_added_to_Then_it_is_refused()
    {
        var cursor = _cursors.Write(List, "ann.okafor");
        for (var i = 0; i < cursor.Length; i++) Refused(_cursors, List, cursor[..i]);
        foreach (var added in new[] { "A", " ", "=", "\n", "AAAA" })
        {
            Refused(_cursors, List, cursor + added);
            Refused(_cursors, List, added + cursor);
        }

        Refused(_cursors, List, new string('1', 100_000));
    }

    [Fact]
    public void Given_a_cursor_When_given_to_another_list_or_installation_Then_it_is_refused()
    {
        var cursor = _cursors.Write(List, "ann.okafor");
        Refused(_cursors, List.Replace("1/", "2/", StringComparison.Ordinal), cursor);
        Refused(_cursors, List + "x", cursor);
        Refused(Of(2), List, cursor);
    }

    private static void Refused(Cursors cursors, string list, string cursor)
    {
        var refusal = Assert.Throws<DomainException>(() => cursors.Read(list, cursor));
        Assert.Equal((ErrorCode.InvalidRequest, "/cursor"), (refusal.Code, refusal.Pointer));
    }

    private static Cursors Of(byte key) => new(new KeyedHash([.. Enumerable.Repeat(key, 32)]));
}
