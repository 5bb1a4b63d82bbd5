using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Providers;

namespace JamEmr.Engine.Clustering.Streams;

/// <summary>Adds durable streams that give every event to every subscriber at least once, however often that fails.</summary>
internal static class SealedStreams
{
    // What cannot be delivered is never thrown away: the provider's own defaults would, after 10 minutes or 5 attempts.
    private static readonly TimeSpan Years = TimeSpan.FromDays(365 * 20);

    // Several queues, so that silos share the work. Fixed: a stream's queue follows from it.
    private const int Queues = 4;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);

    private static readonly Func<IServiceProvider, string, IMessageDeliveryBackoffProvider> Deliveries =
        static (_, _) => new Retries(FirstWait, TimeSpan.FromSeconds(30));

    private static readonly Func<IServiceProvider, string, IQueueReaderBackoffProvider> Readings =
        static (_, _) => new Retries(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(5));

    /// <summary>Adds a stream provider under every name of the options.</summary>
    public static void AddSealedStreams(this ISiloBuilder silo, OrleansEngineOptions options, string connection)
    {
        foreach (var name in options.StreamProviders)
        {
            silo.AddAdoNetStreams(name, (SiloAdoNetStreamConfigurator streams) => Configure(streams, options, connection));
            Decorate(silo.Services, name);
        }
    }

    private static void Configure(SiloAdoNetStreamConfigurator streams, OrleansEngineOptions options, string connection)
    {
        streams.ConfigureAdoNet(builder => builder.Configure(o =>
        {
            (o.Invariant, o.ConnectionString) = ("Npgsql", connection);
            o.ExpiryTimeout = Years;
            o.DeadLetterEvictionTimeout = Years;
            o.MaxAttempts = int.MaxValue;
            o.VisibilityTimeout = options.StreamTakeover;
        }));
        streams.ConfigurePartitioning(Queues);
        streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
        // The agent gives a failed delivery back after its first retry's wait, and our cursor hands the same events out again, for ever.
        // Batches are the cursor's too: it knows what belongs to one. The limit is looked at before the first attempt as well, which must pass it.
        streams.ConfigurePullingAgent(builder => builder.Configure(o =>
        {
            o.BatchContainerBatchSize = 1;
            o.MaxEventDeliveryTime = FirstWait / 2;
        }));
        streams.ConfigureBackoffProvider(Deliveries);
        streams.ConfigureBackoffProvider(Readings);
    }

    private static void Decorate(IServiceCollection services, string name)
    {
        var provided = services.Last(d => d.ServiceType == typeof(IQueueAdapterFactory) && name.Equals(d.ServiceKey));
        var create = provided.KeyedImplementationFactory
            ?? throw new InvalidOperationException("The AdoNet stream provider is registered otherwise than this version of it is known to be.");
        services.Remove(provided);
        services.AddKeyedSingleton<IQueueAdapterFactory>(
            name, (sp, key) => new SealedQueueAdapterFactory((IQueueAdapterFactory)create(sp, key), name, sp));
    }
}
