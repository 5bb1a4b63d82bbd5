using System.Collections.Immutable;
using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>What is sent arrives.</summary>
public sealed class MessageTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private IMessageGrain Grain => engine.Grains.GetGrain<IMessageGrain>(Probe.NewKey("message"));

    [Fact]
    public async Task Given_a_message_with_every_kind_of_member_When_sent_Then_it_comes_back_the_same()
    {
        var sent = new Message
        {
            Text = "Ünïcode 患者",
            Lines = ["one", "", "three"],
            Counts = ImmutableDictionary<string, int>.Empty.Add("a", 1).Add("b", 2),
            Bytes = new byte[] { 0, 1, 254, 255 },
            Id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
            At = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.FromHours(5.5)),
            Day = new DateOnly(2026, 2, 28),
            Took = TimeSpan.FromTicks(1234567),
            Amount = 79228162514264337593543950335m,
            Weekday = DayOfWeek.Wednesday,
            Inner = new Message { Text = "inner" },
        };

        var back = await Grain.EchoAsync(sent).Soon();

        Assert.Equal(
            (sent.Text, sent.Id, sent.At, sent.At.Offset, sent.Day, sent.Took, sent.Amount, sent.Weekday, "inner"),
            (back.Text, back.Id, back.At, back.At.Offset, back.Day, back.Took, back.Amount, back.Weekday, back.Inner?.Text));
        Assert.Equal(sent.Lines.AsEnumerable(), back.Lines.AsEnumerable());
        Assert.Equal(sent.Counts, back.Counts);
        Assert.Equal(sent.Bytes.ToArray(), back.Bytes.ToArray());
        Assert.Empty(back.Inner!.Lines);
    }

    [Fact]
    public async Task Given_sixteen_megabytes_When_sent_Then_they_come_back()
    {
        var bytes = new byte[16 * 1024 * 1024];
        new Random(7).NextBytes(bytes);

        var back = await Grain.EchoAsync(new Message { Text = "sound", Bytes = bytes }).Soon();

        Assert.True(back.Bytes.Span.SequenceEqual(bytes));
    }

    [Fact]
    public async Task Given_arguments_of_several_types_When_sent_Then_each_arrives_in_its_place()
    {
        var id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

        Assert.Equal($"null -3 True {id} 1+2+3", await Grain.DescribeAsync(null, -3, true, id, [1, 2, 3]).Soon());
        Assert.Equal($"text 0 False {Guid.Empty} ", await Grain.DescribeAsync("text", 0, false, Guid.Empty, []).Soon());
    }

    [Fact]
    public async Task Given_a_method_that_answers_null_When_called_Then_null_arrives()
    {
        Assert.Null(await Grain.NothingAsync(null).Soon());
    }
}
