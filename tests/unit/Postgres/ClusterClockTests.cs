using JamEmr.Engine.Postgres;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Postgres;

public sealed class ClusterClockTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(-600, "behind")]
    [InlineData(600, "before")]
    public async Task Given_a_machine_whose_clock_is_off_When_asked_Then_it_is_said_how_and_what_to_do(int seconds, string? says)
    {
        if (PostgresServer.WhyNot() is { } reason) Assert.Skip(reason);
        var connection = (await PostgresServer.SharedAsync()).Connection("postgres");
        var time = new Off(TimeSpan.FromSeconds(seconds));
        var asked = ClusterClock.RequireAsync(connection, time, TestContext.Current.CancellationToken);

        if (says is null) await asked;
        else Assert.Contains($"seconds {says} the database's", (await Assert.ThrowsAsync<ClockSkewException>(() => asked)).Message, StringComparison.Ordinal);
    }

    private sealed class Off(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
