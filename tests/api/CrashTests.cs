using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Api;

/// <summary>kill -9 of the server under load, at moments nobody chose: what was acknowledged is there afterwards, on the log, once.</summary>
public sealed class CrashTests
{
    private const int Rounds = 50;

    [Fact]
    public async Task Given_load_When_killed_fifty_times_Then_nothing_acknowledged_is_missing_doubled_or_forked()
    {
        var own = Directory.CreateTempSubdirectory("jamemr-crash-");
        try
        {
            var server = Path.Combine(AppContext.BaseDirectory, "JamEmr.Api.dll");
            var report = await CrashRun.RunAsync(new CrashPlan(server, own.FullName, Rounds), TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine(report.ToText());
            Assert.True(report.Findings.Count == 0, report.ToText());
            Assert.True(report.Acknowledged >= Rounds * 4, $"Only {report.Acknowledged} operations were acknowledged: no load.");
            Assert.True(report.Heads > 0, "No head was seen.");
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }
}
