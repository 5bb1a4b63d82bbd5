using System.Collections.Concurrent;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>An event as ours are.</summary>
/// <param name="Number">Its place in the stream.</param>
/// <param name="Text">Anything.</param>
[GenerateSerializer, Alias("test.number-event"), Immutable]
public sealed record NumberEvent([property: Id(0)] int Number, [property: Id(1)] string Text);

/// <summary>Publishes.</summary>
public interface IPublisherGrain : IGrainWithStringKey
{
    /// <summary>Publishes numbers, each after the one before was accepted.</summary>
    Task PublishAsync(string streamNamespace, string stream, int first, int count);
}

/// <inheritdoc cref="IPublisherGrain"/>
public sealed class PublisherGrain : Grain, IPublisherGrain
{
    /// <inheritdoc/>
    public async Task PublishAsync(string streamNamespace, string stream, int first, int count)
    {
        var target = this.GetStreamProvider(EngineHost.StreamProvider).GetStream<NumberEvent>(StreamId.Create(streamNamespace, stream));
        for (var number = first; number < first + count; number++)
            await target.OnNextAsync(new NumberEvent(number, $"event {number}"));
    }
}

/// <summary>What makes the handlers of a key fail or wait.</summary>
public static class Handling
{
    private static readonly ConcurrentDictionary<string, int> Failures = new(StringComparer.Ordinal);

    /// <summary>Makes the next deliveries of an event fail.</summary>
    public static void Owe(string reader, int number, int failures) => Failures[$"{reader}|{number}"] = failures;

    /// <summary>Whether this delivery is one that fails.</summary>
    public static bool Fails(string reader, int number) =>
        Failures.TryGetValue($"{reader}|{number}", out var left) && Failures.TryUpdate($"{reader}|{number}", left - 1, left) && left > 0;
}

/// <summary>Subscribes by its class; each key reads the stream of the same key.</summary>
public interface IReaderGrain : IGrainWithStringKey
{
    /// <summary>Is inside the watched section, as every delivery is.</summary>
    Task SectionAsync();

    /// <summary>Asks the engine to end this activation.</summary>
    Task LeaveAsync();
}

/// <inheritdoc cref="IReaderGrain"/>
/// <remarks>Notes "got n"; waits at the gate "handle" after signalling "handling" where "gated" was signalled; fails as
/// <see cref="Handling"/> says; signals "done" and "done n".</remarks>
[ImplicitStreamSubscription(Namespace)]
public sealed class ReaderGrain : Grain, IReaderGrain
{
    /// <summary>The namespace read.</summary>
    public const string Namespace = "test.numbers";

    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Watch.Signal("activated");
        await this.GetStreamProvider(EngineHost.StreamProvider)
            .GetStream<NumberEvent>(StreamId.Create(Namespace, this.GetPrimaryKeyString()))
            .SubscribeAsync((item, _) => HandleAsync(item));
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Watch.Signal("gone");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task SectionAsync()
    {
        Watch.Enter();
        for (var turn = 0; turn < 3; turn++) await Task.Yield();
        Watch.Leave();
    }

    /// <inheritdoc/>
    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private async Task HandleAsync(NumberEvent item)
    {
        Watch.Enter();
        try
        {
            Watch.Note($"got {item.Number}");
            if (Watch.Count("gated") > 0)
            {
                Watch.Signal("handling");
                await Watch.WaitAtAsync("handle");
            }
            await Task.Yield();
            if (Handling.Fails(this.GetPrimaryKeyString(), item.Number)) throw new InvalidOperationException("Not this time.");
            if (item.Text != $"event {item.Number}") Watch.Note("the event changed on its way");
            Watch.Signal("done");
            Watch.Signal($"done {item.Number}");
        }
        finally
        {
            Watch.Leave();
        }
    }
}

/// <summary>Two classes read the same stream; this is one.</summary>
public interface ILedgerReaderGrain : IGrainWithStringKey;

/// <inheritdoc cref="ILedgerReaderGrain"/>
[ImplicitStreamSubscription(Namespace)]
public sealed class LedgerReaderGrain : Grain, ILedgerReaderGrain
{
    /// <summary>The namespace that two classes read.</summary>
    public const string Namespace = "test.shared";

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Readers.SubscribeAsync(this, "ledger");
}

/// <summary>Two classes read the same stream; this is the other.</summary>
public interface IDetectorReaderGrain : IGrainWithStringKey;

/// <inheritdoc cref="IDetectorReaderGrain"/>
[ImplicitStreamSubscription(LedgerReaderGrain.Namespace)]
public sealed class DetectorReaderGrain : Grain, IDetectorReaderGrain
{
    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Readers.SubscribeAsync(this, "detector");
}

/// <summary>What the two readers have in common.</summary>
internal static class Readers
{
    public static async Task SubscribeAsync(Grain grain, string name)
    {
        var probe = Probe.Of(grain.GetPrimaryKeyString());
        await grain.GetStreamProvider(EngineHost.StreamProvider)
            .GetStream<NumberEvent>(StreamId.Create(LedgerReaderGrain.Namespace, grain.GetPrimaryKeyString()))
            .SubscribeAsync((item, _) =>
            {
                if (Handling.Fails($"{grain.GetPrimaryKeyString()}/{name}", item.Number)) throw new InvalidOperationException("Not this time.");
                probe.Note($"{name} got {item.Number}");
                return Task.CompletedTask;
            });
    }
}
