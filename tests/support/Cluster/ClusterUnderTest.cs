using System.Globalization;
using System.Net;

namespace JamEmr.Tests.Support.Cluster;

/// <summary>What a cluster is to be made of.</summary>
/// <param name="Connection">A database with the cluster's schema. Nobody else uses it.</param>
public sealed record ClusterPlan(string Connection)
{
    /// <summary>Longer than a write takes on any machine that tests run on, however much it has to do.</summary>
    public static readonly TimeSpan LongWriteLimit = TimeSpan.FromSeconds(20);

    /// <summary>The programs to run.</summary>
    public ClusterPrograms Programs { get; init; } = ClusterPrograms.Find();

    /// <summary>How many silos.</summary>
    public int Silos { get; init; } = 2;

    /// <summary>How many front doors.</summary>
    public int Apis { get; init; } = 2;

    /// <summary>How many of each may be added later.</summary>
    public int Spare { get; init; } = 2;

    /// <summary>How long a silo waits for a write; the default of its settings where not said.</summary>
    public TimeSpan? WriteLimit { get; init; }

    /// <summary>Settings for all processes, <c>JamEmr:Name</c> written as <c>JamEmr__Name</c>; they outrank the kit's own.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>
/// A cluster of real processes on this machine: silos and front doors on loopback with mutual TLS, a PostgreSQL that the caller provides, secrets by file.
/// Passwords are hashed with few rounds and nobody's requests are limited: one client drives all the load.
/// </summary>
public sealed class ClusterUnderTest : IAsyncDisposable
{
    /// <summary>Names a folder in which everybody's console is kept, for a look at what went wrong.</summary>
    public const string ConsolesVariable = "JAMEMR_CLUSTER_CONSOLES";

    private readonly ClusterPlan _plan;
    private readonly ClusterKeys _keys;
    private readonly string _folder;
    private readonly List<SiloProcess> _silos = [];
    private readonly List<ApiProcess> _apis = [];
    private readonly List<SiloPorts> _ports = [];

    private ClusterUnderTest(ClusterPlan plan, ClusterKeys keys, string folder) => (_plan, _keys, _folder) = (plan, keys, folder);

    /// <summary>The silos, in the order in which they were started; one that was killed stays in its place until it is started again.</summary>
    public IReadOnlyList<SiloProcess> Silos => _silos;

    /// <summary>The front doors; each serves.</summary>
    public IReadOnlyList<ApiProcess> Apis => _apis;

    /// <summary>All of them.</summary>
    public IEnumerable<ClusterProcess> All => [.. _apis, .. _silos];

    /// <summary>Where the front doors serve.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>The code that founds the first practice.</summary>
    public string SetupCode { get; private set; } = "";

    /// <summary>The secrets.</summary>
    public ClusterKeys Keys => _keys;

    /// <summary>The folder with the secrets and everybody's console, removed at the end.</summary>
    public string Folder => _folder;

    /// <summary>The port for other silos of one of <see cref="Silos"/>: part of the address under which the cluster knows it.</summary>
    public int PortOf(SiloProcess silo) => _ports[_silos.IndexOf(silo)].Silo;

    /// <summary>The port for clients of one of <see cref="Silos"/>.</summary>
    public int GatewayOf(SiloProcess silo) => _ports[_silos.IndexOf(silo)].Gateway;

    /// <summary>Starts it and answers when every silo hosts grains and every front door serves.</summary>
    public static async Task<ClusterUnderTest> StartAsync(ClusterPlan plan, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var folder = Directory.CreateTempSubdirectory("jamemr-cluster-").FullName;
        var keys = await ClusterKeys.CreateAsync(
            plan.Programs.Cli, Path.Combine(folder, "secrets"), plan.Connection, plan.Silos + plan.Spare, plan.Apis + plan.Spare, ct);
        var cluster = new ClusterUnderTest(plan, keys, folder);
        try
        {
            for (var i = 0; i < plan.Silos; i++) cluster.LaunchSilo();
            foreach (var silo in cluster._silos) await silo.ReadyAsync(ct);
            // One after the other: the first prints the code that founds the practice.
            for (var i = 0; i < plan.Apis; i++) await cluster.AddApiAsync(ct);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a silo; it is not ready yet.</summary>
    /// <param name="programs">Of another release; those of the plan where not said.</param>
    public SiloProcess LaunchSilo(ClusterPrograms? programs = null)
    {
        _ports.Add(new SiloPorts(LoopbackPorts.Next(), LoopbackPorts.Next(), LoopbackPorts.Next()));
        _silos.Add(NewSilo(_ports.Count - 1, programs));
        return _silos[^1];
    }

    /// <summary>Starts a silo that has ended again, on the same ports; it is not ready yet.</summary>
    public async Task<SiloProcess> LaunchSiloAgainAsync(int index)
    {
        await _silos[index].DisposeAsync();
        return _silos[index] = NewSilo(index);
    }

    /// <summary>Adds a front door, once it serves.</summary>
    public async Task<ApiProcess> AddApiAsync(CancellationToken ct)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"api{_apis.Count + 1}");
        var api = ApiProcess.Launch(name, _plan.Programs.Api, _folder, Settings(ApiSettings(), _keys.TlsSettings($"api-{name}")));
        _apis.Add(api);
        Addresses = [.. Addresses, await api.ServesAsync(ct)];
        SetupCode = api.SetupCode ?? SetupCode;
        return api;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in All) await process.DisposeAsync();
        KeepConsoles();
        Directory.Delete(_folder, recursive: true);
    }

    private void KeepConsoles()
    {
        if (Environment.GetEnvironmentVariable(ConsolesVariable) is not { Length: > 0 } folder) return;
        var to = Directory.CreateDirectory(Path.Combine(folder, Path.GetFileName(_folder)));
        foreach (var log in Directory.GetFiles(_folder, "*.log")) File.Copy(log, Path.Combine(to.FullName, Path.GetFileName(log)));
    }

    private SiloProcess NewSilo(int index, ClusterPrograms? programs = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"silo{index + 1}");
        var own = SiloSettings(name, _ports[index]);
        if (_plan.WriteLimit is { } limit) own["JamEmr__WriteLimit"] = limit.ToString("c", CultureInfo.InvariantCulture);
        var settings = Settings(own, _keys.TlsSettings($"silo-{name}"));
        return SiloProcess.Launch(name, (programs ?? _plan.Programs).Silo, _folder, settings, new Uri($"http://{IPAddress.Loopback}:{Text(_ports[index].Health)}"));
    }

    private Dictionary<string, string> SiloSettings(string name, SiloPorts ports) => new(StringComparer.Ordinal)
    {
        ["JamEmr__Cluster__ConnectionStringFile"] = _keys.SiloConnectionFile,
        ["JamEmr__Cluster__MasterKeyFile"] = _keys.MasterKeyFile,
        ["JamEmr__Cluster__AdvertisedAddress"] = IPAddress.Loopback.ToString(),
        ["JamEmr__Cluster__SiloPort"] = Text(ports.Silo),
        ["JamEmr__Cluster__GatewayPort"] = Text(ports.Gateway),
        ["JamEmr__Health__Port"] = Text(ports.Health),
        // Drafting needs no more than this machine.
        ["JamEmr__Cluster__InferenceOn"] = "inference=true",
        ["JamEmr__Cluster__Metadata__inference"] = "true",
        ["JamEmr__Checkpoints__KeyFile"] = _keys.CheckpointKeyFile,
        ["JamEmr__Checkpoints__Folder"] = Path.Combine(_folder, $"{name}.checkpoints"),
        ["JamEmr__PasswordHashIterations"] = "10",
        ["JamEmr__FreeFailuresPerAddress"] = "1000000",
    };

    private Dictionary<string, string> ApiSettings() => new(StringComparer.Ordinal)
    {
        ["JamEmr__Cluster__ConnectionStringFile"] = _keys.ApiConnectionFile,
        ["JamEmr__RateLimits__PerAddress"] = "0",
        ["JamEmr__RateLimits__PerAccount"] = "0",
        ["JamEmr__RateLimits__RefusedPerAddress"] = "0",
    };

    private Dictionary<string, string> Settings(Dictionary<string, string> own, IEnumerable<KeyValuePair<string, string>> tls)
    {
        foreach (var (name, value) in tls.Concat(_plan.Settings)) own[name] = value;
        return own;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record SiloPorts(int Silo, int Gateway, int Health);
}
