using JamEmr.Api.Hosting;
using JamEmr.Audit;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Api;

/// <summary>What an operator sets for a slow disk is what the grains go by.</summary>
public sealed class WriteLimitTests : IDisposable
{
    private readonly string _own = Directory.CreateTempSubdirectory("jamemr-limit-").FullName;

    public void Dispose() => Directory.Delete(_own, recursive: true);

    [Fact]
    public async Task Given_nothing_said_When_built_Then_writes_have_the_grains_own_limits()
    {
        await using var app = Build(static _ => { });
        Assert.Equal(new AuditWatchOptions(), app.Services.GetRequiredService<AuditWatchOptions>());
    }

    [Fact]
    public async Task Given_a_limit_When_built_Then_it_is_that_of_writes_and_probes_have_four_fifths()
    {
        await using var app = Build(static options => options.WriteLimit = TimeSpan.FromSeconds(5));
        Assert.Equal(
            new AuditWatchOptions { WriteLimit = TimeSpan.FromSeconds(5), ProbeLimit = TimeSpan.FromSeconds(4) },
            app.Services.GetRequiredService<AuditWatchOptions>());
    }

    [Theory]
    [InlineData("00:00:00.0990000", false)]
    [InlineData("00:00:00.1000000", true)]
    [InlineData("00:00:20", true)]
    [InlineData("00:00:20.0010000", false)]
    public void Given_a_limit_When_checked_Then_it_is_shorter_than_callers_wait(string limit, bool isOne)
    {
        var options = new ApiOptions { DataFolder = _own, WriteLimit = TimeSpan.Parse(limit, System.Globalization.CultureInfo.InvariantCulture) };
        var result = new ApiOptionsValidator().Validate(null, options);
        Assert.Equal(isOne ? [] : ["JamEmr:WriteLimit must be 100 milliseconds to 20 seconds."], result.Failures ?? []);
    }

    private Microsoft.AspNetCore.Builder.WebApplication Build(Action<ApiOptions> configure) => ApiHost.Build(options =>
    {
        (options.DataFolder, options.Port) = (Path.Combine(_own, "data"), 0);
        configure(options);
    });
}
