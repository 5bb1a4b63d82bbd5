using JamEmr.Api.Hosting;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Api;

/// <summary>The log's checkpoints, as the server itself keeps them.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly string _own = Directory.CreateTempSubdirectory("jamemr-api-").FullName;
    private readonly ManualTimeProvider _time = new();

    private string Data => Path.Combine(_own, "data");

    private string LedgerFolder => Path.Combine(Data, "ledger");

    [Fact]
    public async Task Given_a_server_that_ran_When_it_has_stopped_Then_its_checkpoint_is_outside_and_verifies()
    {
        await RunAsync();
        var folder = new CheckpointFolder(CheckpointFolder.BesideFolder(Data));
        var keys = PublishedKeys.Parse(await File.ReadAllTextAsync(Path.Combine(folder.Location, PublishedKeys.FileName), TestContext.Current.CancellationToken));
        Assert.True(Checkpoint.Open(folder.Newest("system")!, keys.Verifiers).Size > 0);
    }

    [Fact]
    public async Task Given_an_older_ledger_restored_while_stopped_When_started_Then_it_does_not_serve_and_says_what_to_do()
    {
        await RunAsync();
        var copy = Path.Combine(_own, "copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(LedgerFolder)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        await RunAsync();
        Directory.Delete(LedgerFolder, recursive: true);
        Directory.Move(copy, LedgerFolder);

        var e = await Assert.ThrowsAsync<LedgerDamagedException>(RunAsync);
        Assert.Contains("went back", e.Message, StringComparison.Ordinal);
        Assert.Contains("restore its newest copy", Commands.Sentence(e), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_key_file_that_is_gone_When_started_Then_it_does_not_serve_and_says_what_to_do()
    {
        await RunAsync();
        File.Delete(NoteKeyFile.BesideFolder(Data));
        var e = await Assert.ThrowsAsync<NoteException>(RunAsync);
        Assert.Contains("restore", Commands.Sentence(e), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_own, recursive: true);

    private async Task RunAsync()
    {
        await using WebApplication app = ApiHost.Build(
            options =>
            {
                options.DataFolder = Data;
                options.Port = 0;
                options.PasswordHashIterations = 10;
            },
            services =>
            {
                services.AddSingleton<TimeProvider>(_time);
                services.AddLogging(logging => logging.ClearProviders());
            });
        await app.StartAsync(TestContext.Current.CancellationToken);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }
}
