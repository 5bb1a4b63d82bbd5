using System.Text;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>The published vectors, and what a service takes of them.</summary>
public sealed class TotpCodeTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 10, TimeSpan.Zero);

    /// <summary>RFC 6238, appendix B, SHA1: its 8 digits, of which 6 are shown here.</summary>
    [Theory]
    [InlineData(59L, "94287082")]
    [InlineData(1111111109L, "07081804")]
    [InlineData(1111111111L, "14050471")]
    [InlineData(1234567890L, "89005924")]
    [InlineData(2000000000L, "69279037")]
    [InlineData(20000000000L, "65353130")]
    public void Given_a_moment_of_RFC_6238_When_the_code_is_made_Then_it_is_the_published_one(long seconds, string published) =>
        Assert.Equal(published[2..], TotpCode.At(TotpCode.WriteBase32(Secret), DateTimeOffset.FromUnixTimeSeconds(seconds)));

    /// <summary>RFC 4226, appendix D.</summary>
    [Theory]
    [InlineData(0L, "755224")]
    [InlineData(1L, "287082")]
    [InlineData(2L, "359152")]
    [InlineData(3L, "969429")]
    [InlineData(4L, "338314")]
    [InlineData(5L, "254676")]
    [InlineData(6L, "287922")]
    [InlineData(7L, "162583")]
    [InlineData(8L, "399871")]
    [InlineData(9L, "520489")]
    public void Given_a_counter_of_RFC_4226_When_the_code_is_made_Then_it_is_the_published_one(long counter, string published) =>
        Assert.Equal(published, TotpCode.OfStep(Secret, counter));

    /// <summary>RFC 4648, section 10, without the padding.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Given_bytes_of_RFC_4648_When_written_and_read_Then_it_is_the_published_text_and_the_same_bytes(string bytes, string text)
    {
        Assert.Equal(text, TotpCode.WriteBase32(Encoding.ASCII.GetBytes(bytes)));
        Assert.Equal(bytes, Encoding.ASCII.GetString(TotpCode.ReadBase32(text)));
        Assert.Equal(bytes, Encoding.ASCII.GetString(TotpCode.ReadBase32(text.ToLowerInvariant())));
    }

    [Fact]
    public void Given_text_that_is_not_base32_When_read_Then_it_says_so() => Assert.Throws<FormatException>(() => TotpCode.ReadBase32("MZXW1"));

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Given_a_clock_that_differs_When_its_code_comes_Then_one_step_either_way_is_taken(int steps, bool taken)
    {
        var step = TotpCode.StepOf(Now) + steps;
        Assert.Equal(taken ? step : null, SecondFactorRules.StepOf(Secret, TotpCode.OfStep(Secret, step), 0, Now));
    }

    [Fact]
    public void Given_a_step_that_was_used_When_it_or_an_earlier_one_comes_Then_it_is_not_taken_and_the_next_is()
    {
        var now = TotpCode.StepOf(Now);
        Assert.Null(SecondFactorRules.StepOf(Secret, TotpCode.OfStep(Secret, now), now, Now));
        Assert.Null(SecondFactorRules.StepOf(Secret, TotpCode.OfStep(Secret, now - 1), now, Now));
        Assert.Equal(now + 1, SecondFactorRules.StepOf(Secret, TotpCode.OfStep(Secret, now + 1), now, Now));
    }

    [Fact]
    public void Given_an_authenticator_When_asked_again_and_again_Then_it_shows_each_code_once_in_order_and_then_waits()
    {
        var authenticator = new Authenticator(TotpCode.WriteBase32(Secret));
        var step = TotpCode.StepOf(Now);
        Assert.Equal([TotpCode.OfStep(Secret, step - 1), TotpCode.OfStep(Secret, step), TotpCode.OfStep(Secret, step + 1), null],
            Enumerable.Range(0, 4).Select(_ => authenticator.Next(Now)));
        Assert.Equal(TotpCode.OfStep(Secret, step + 2), authenticator.Next(Now + TotpCode.Period));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(29)]
    public void Given_any_moment_of_a_step_When_a_code_is_shown_Then_it_is_taken_then_and_ten_seconds_later(int second)
    {
        var shown = DateTimeOffset.FromUnixTimeSeconds((TotpCode.StepOf(Now) * (long)TotpCode.Period.TotalSeconds) + second);
        var authenticator = new Authenticator(TotpCode.WriteBase32(Secret));
        var last = 0L;
        while (authenticator.Next(shown) is { } code)
        {
            Assert.Equal(SecondFactorRules.StepOf(Secret, code, last, shown), SecondFactorRules.StepOf(Secret, code, last, shown.AddSeconds(10)));
            last = Assert.NotNull(SecondFactorRules.StepOf(Secret, code, last, shown));
        }

        Assert.Equal(TotpCode.StepOf(shown) + 1, last);
    }

    [Theory]
    [InlineData("123456", "123456")]
    [InlineData(" 123 456 ", "123456")]
    [InlineData("12345", null)]
    [InlineData("12345a", null)]
    [InlineData("١٢٣٤٥٦", null)]
    [InlineData(null, null)]
    public void Given_what_a_person_types_When_read_Then_only_six_digits_are_a_code(string? typed, string? digits) =>
        Assert.Equal(digits, SecondFactorRules.Digits(typed));
}
