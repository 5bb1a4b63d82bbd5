using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using JamEmr.Engine.Clustering;
using JamEmr.Tests.Support;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>
/// Several silos in this process and a client beside them, by Orleans' TestingHost: the wires are in memory, the database is a real one, and
/// membership, directory, states, reminders and streams are in it as they are in production.
/// </summary>
internal sealed class TestSilos : IAsyncDisposable
{
    // TestingHost makes what configures a silo by itself, from a type's name: it is found again by the name of the cluster.
    private static readonly ConcurrentDictionary<string, TestSilos> Known = new(StringComparer.Ordinal);
    private static int _clusters;

    private readonly Action<ISiloBuilder> _services;
    private readonly Action<OrleansEngineOptions> _options;
    private readonly string _name;
    private readonly TestCluster _cluster;

    private TestSilos(int count, ClusterDatabase database, Action<ISiloBuilder> services, Action<OrleansEngineOptions> options)
    {
        (Database, _services, _options) = (database, services, options);
        // Another name for each: what an earlier one left in the same database is not taken for silos that live.
        _name = string.Create(CultureInfo.InvariantCulture, $"test-{Interlocked.Increment(ref _clusters)}");
        Known[_name] = this;
        var builder = new TestClusterBuilder((short)count)
        {
            Options = { ClusterId = _name, ServiceId = "jamemr", UseTestClusterMembership = false, ConfigureFileLogging = false },
        };
        builder.Options.SiloBuilderConfiguratorTypes.Clear();
        builder.AddSiloBuilderConfigurator<OfSilo>().AddClientBuilderConfigurator<OfClient>();
        _cluster = builder.Build();
    }

    /// <summary>Where it keeps everything.</summary>
    public ClusterDatabase Database { get; }

    /// <summary>Calls from outside the silos.</summary>
    public IGrainFactory Client => _cluster.Client;

    /// <summary>The silos that run.</summary>
    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.Silos.Cast<InProcessSiloHandle>()];

    /// <summary>Starts silos.</summary>
    /// <param name="count">How many.</param>
    /// <param name="database">Where they meet.</param>
    /// <param name="services">What each of them hosts.</param>
    /// <param name="options">How its engine is set.</param>
    public static async Task<TestSilos> StartAsync(
        int count, ClusterDatabase database, Action<ISiloBuilder> services, Action<OrleansEngineOptions> options)
    {
        var silos = new TestSilos(count, database, services, options);
        try
        {
            await silos._cluster.DeployAsync();
            return silos;
        }
        catch
        {
            await silos.DisposeAsync();
            throw;
        }
    }

    /// <summary>The silo on which the directory has a grain; null where it has it on none.</summary>
    public async Task<InProcessSiloHandle?> SiloOfAsync(GrainId grain)
    {
        var address = (string?)await AskAsync($"SELECT silo_address FROM jamemr_activation WHERE grain_id = '{grain}'");
        return address is null ? null : Silos.Single(silo => silo.SiloAddress.ToParsableString() == address);
    }

    /// <summary>What the database counts.</summary>
    public async Task<long> CountAsync(string question) => (long)(await AskAsync(question))!;

    /// <summary>Makes the directory forget where a grain is, while it goes on living there.</summary>
    public async Task ForgetAsync(GrainId grain) =>
        Assert.Equal(1, await Database.ExecuteAsync($"DELETE FROM jamemr_activation WHERE grain_id = '{grain}'"));

    /// <summary>Starts one more.</summary>
    public async Task<InProcessSiloHandle> AddAsync() => (InProcessSiloHandle)await _cluster.StartAdditionalSiloAsync(startAdditionalSiloOnNewPort: true);

    /// <summary>Ends a silo without a word to the others.</summary>
    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        Known.TryRemove(_name, out _);
    }

    private async Task<object?> AskAsync(string question)
    {
        await using var connection = new NpgsqlConnection(Database.Connection);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(question, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private void Set(OrleansEngineOptions options)
    {
        _options(options);
        (options.ConnectionString, options.MasterKeyFile, options.ClusterId) = (Database.Connection, Database.MasterKeyFile, _name);
        options.AdvertisedAddress = IPAddress.Loopback.ToString();
        // Nobody asks when they stop.
        options.HandOver = TimeSpan.Zero;
    }

    private sealed class OfSilo : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var (settings, silos) = (siloBuilder.Configuration, Known[siloBuilder.Configuration["Orleans:ClusterId"]!]);
            silos._services(siloBuilder);
            siloBuilder.AddOrleansEngine(options =>
            {
                silos.Set(options);
                options.SiloPort = settings.GetValue<int>("Orleans:Endpoints:SiloPort");
                options.GatewayPort = settings.GetValue<int>("Orleans:Endpoints:GatewayPort");
            });
        }
    }

    private sealed class OfClient : IClientBuilderConfigurator
    {
        public void Configure(IConfiguration configuration, IClientBuilder clientBuilder) =>
            clientBuilder.AddOrleansEngine(Known[configuration["Orleans:ClusterId"]!].Set);
    }
}
