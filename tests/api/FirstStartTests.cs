using System.Text.RegularExpressions;
using JamEmr.Api.Hosting;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Api;

/// <summary>What the operator of a fresh installation reads on the console, at one start after another.</summary>
public sealed partial class FirstStartTests : IDisposable
{
    private readonly string _own = Directory.CreateTempSubdirectory("jamemr-first-").FullName;
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_own, recursive: true);

    [Fact]
    public async Task Given_a_code_that_was_printed_When_started_again_Then_it_is_still_good_and_the_console_says_where_it_is()
    {
        var first = Code().Match(await StartAsync()).Groups["code"].Value;
        var printed = _time.GetUtcNow();
        _time.Jump(TimeSpan.FromHours(1));

        var second = await StartAsync();

        Assert.DoesNotMatch(Code(), second);
        Assert.Contains($"issued for {Environment.MachineName} at {printed.UtcDateTime:u} and is still good", second, StringComparison.Ordinal);
        Assert.Contains("--new-setup-code", second, StringComparison.Ordinal);
        Assert.Equal("", await StartAsync(found: first));
        Assert.Equal("", await StartAsync());
    }

    [Fact]
    public async Task Given_a_code_that_was_lost_When_started_with_the_wish_for_another_Then_that_one_founds_the_practice()
    {
        var lost = Code().Match(await StartAsync()).Groups["code"].Value;

        var another = Code().Match(await StartAsync(isAnotherWished: true)).Groups["code"].Value;

        Assert.NotEqual(lost, another);
        Assert.Equal("", await StartAsync(found: another));
        Assert.Equal($"No set-up code is given: a practice exists and its administrator has enrolled, or the operator has a code for a further practice.{Environment.NewLine}", await StartAsync(isAnotherWished: true));
    }

    [Fact]
    public async Task Given_a_practice_at_work_When_started_with_the_wish_for_a_further_one_Then_that_code_founds_it()
    {
        var first = Code().Match(await StartAsync()).Groups["code"].Value;
        await StartAsync(found: first);

        var further = await StartAsync(isFurtherWished: true);

        Assert.Contains("good for 72 hours", further, StringComparison.Ordinal);
        Assert.Equal("", await StartAsync(found: Code().Match(further).Groups["code"].Value, name: "second"));
    }

    // What the console says at a start; a practice is founded before, where its code is given.
    private async Task<string> StartAsync(bool isAnotherWished = false, bool isFurtherWished = false, string? found = null, string name = "first")
    {
        await using var app = ApiHost.Build(
            options => (options.DataFolder, options.Port, options.PasswordHashIterations) = (Path.Combine(_own, "data"), 0, 10),
            services => services.AddSingleton<TimeProvider>(_time).AddLogging(l => l.ClearProviders()));
        await app.StartAsync(TestContext.Current.CancellationToken);
        if (found is not null) await StaffOf(new Uri(app.Urls.First())).FoundAsync(found, name);
        await using var console = new StringWriter();
        if (isFurtherWished) await FirstStart.PrintFurtherCodeAsync(app, console);
        else await FirstStart.PrintSetupCodeAsync(app, console, isAnotherWished);
        await app.StopAsync(CancellationToken.None);
        return console.ToString();
    }

    // Nobody's second factor is asked for twice.
    private Staff StaffOf(Uri address) => new(() => new ApiClient(address), () => _time.GetUtcNow(), () => Task.CompletedTask);

    [GeneratedRegex(@"set-up code[^:]*: (?<code>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
