using JamEmr.Tests.Engine.Child;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>Subscribes in the process that is going to be killed.</summary>
public interface ICrashReaderGrain : IGrainWithStringKey;

/// <inheritdoc cref="ICrashReaderGrain"/>
[ImplicitStreamSubscription(Namespace)]
public sealed class CrashReaderGrain : Grain, ICrashReaderGrain
{
    /// <summary>The namespace read.</summary>
    public const string Namespace = "test.crash";

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        return this.GetStreamProvider(EngineHost.StreamProvider)
            .GetStream<NumberEvent>(StreamId.Create(Namespace, key))
            .SubscribeAsync((item, _) =>
            {
                CrashChild.Say($"got {key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]} {item.Number}");
                return Task.CompletedTask;
            });
    }
}
