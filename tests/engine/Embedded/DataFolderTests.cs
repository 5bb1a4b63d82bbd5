using JamEmr.Tests.Engine.Child;
using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Embedded;

/// <summary>What the embedded engine promises about its data folder, beyond what engines have in common.</summary>
public sealed class DataFolderTests
{
    private const string Secret = "Denies-fever-and-chills-4711";

    [Fact]
    public async Task Given_a_folder_in_use_When_a_second_engine_opens_it_Then_it_refuses_and_the_first_goes_on()
    {
        await using var first = await EngineHost.StartAsync();

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => EngineHost.StartAsync(new EngineSettings { Storage = first.Storage }));

        Assert.Contains(first.Storage, refusal.Message, StringComparison.Ordinal);
        await first.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = "still here" }).Soon();
    }

    [Fact]
    public async Task Given_a_folder_in_use_When_another_process_opens_it_Then_that_one_refuses_and_says_why()
    {
        await using var first = await EngineHost.StartAsync();
        await using var second = ChildProcess.Start("check", first.Storage);

        Assert.Null(await second.NextAsync());
        var (exitCode, errors) = await second.StopAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(first.Storage, errors, StringComparison.Ordinal);
        await first.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = "still here" }).Soon();
    }

    [Fact]
    public async Task Given_states_and_events_saved_When_the_files_are_searched_Then_their_text_is_nowhere()
    {
        await using var storage = await EngineStorage.CreateAsync();
        var stream = Probe.NewKey("stream");
        Probe.Of(stream).Signal("gated");
        await using (var host = await EngineHost.StartAsync(new EngineSettings { Storage = storage.Location }))
        {
            await host.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = Secret }).Soon();
            await host.Grains.GetGrain<IPublisherGrain>(Probe.NewKey("publisher")).PublishAsync(ReaderGrain.Namespace, stream, 4711, 1).Soon();
            await host.PassUntilAsync(Probe.Of(stream).SeenAsync("handling"));

            try
            {
                Assert.Equal([], await SearchAsync(storage.Location));
            }
            finally
            {
                Probe.Of(stream).Open("handle");
            }
        }
        Assert.Equal([], await SearchAsync(storage.Location));
    }

    [Fact]
    public async Task Given_a_folder_that_cannot_be_made_When_started_Then_it_fails_with_the_folder_in_the_message()
    {
        await using var storage = await EngineStorage.CreateAsync();
        await File.WriteAllTextAsync(storage.Location, "a file where the folder should be", TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => EngineHost.StartAsync(new EngineSettings { Storage = storage.Location }));

        Assert.Contains(storage.Location, failure.Message, StringComparison.Ordinal);
    }

    // Another process looks: to open and close a database's files in this one would take its locks away.
    private static async Task<List<string>> SearchAsync(string folder)
    {
        await using var search = ChildProcess.Start("search", folder, Secret, "event 4711");
        List<string> found = [];
        while (await search.NextAsync() is { } file) found.Add(file);
        Assert.Equal((0, ""), await search.StopAsync());
        return found;
    }
}
