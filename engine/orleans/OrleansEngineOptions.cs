namespace JamEmr.Engine.Clustering;

/// <summary>
/// How a process takes part in a cluster: as a silo, which hosts grains, or as a client, which calls them. Checked when the
/// process starts (<see cref="OrleansEngineOptionsValidator"/>).
/// </summary>
public sealed class OrleansEngineOptions
{
    /// <summary>The environment variable looked at for the connection string when neither option gives one.</summary>
    public const string ConnectionVariable = "JAMEMR_POSTGRES";

    /// <summary>The environment variable looked at for the master key when <see cref="MasterKeyFile"/> is not set.</summary>
    public const string MasterKeyVariable = "JAMEMR_MASTER_KEY";

    /// <summary>How to reach PostgreSQL. It may hold a password: it is never logged, and a file is the better place.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>A file whose first line is the connection string, such as a mounted secret. It outranks <see cref="ConnectionString"/>.</summary>
    public string? ConnectionStringFile { get; set; }

    /// <summary>
    /// A file with the master key (32 bytes in base64) that seals what is stored. Silos only, the same on all of them; none is
    /// ever made here, because a second silo could not read what is sealed with the key of the first.
    /// </summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>Names the installation: states, reminders and streams belong to it, whatever cluster runs. Never change it.</summary>
    public string ServiceId { get; set; } = "jamemr";

    /// <summary>Names the cluster: processes with the same name find each other through the database.</summary>
    public string ClusterId { get; set; } = "jamemr";

    /// <summary>The address at which other silos and clients reach this silo. Unset: the machine's first address.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The port for other silos.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for clients; 0 lets in none.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>How long a caller waits for an answer before it gets a <see cref="TimeoutException"/>, unless the method says otherwise. What was
    /// asked of a silo in the moment it died is waited for this long. Default 5 seconds (docs/adr/0020).</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a silo that stops in order, and has ended its activations, still passes on what is sent to it, and answers; the end of
    /// the drain ends it. Less than <see cref="ResponseTimeout"/>, which is the default, loses calls in each stop.</summary>
    public TimeSpan? HandOver { get; set; }

    /// <summary>How long a silo waits for another's answer to a probe, and how often it probes. Default 1 second.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many probes in a row a silo must miss to be suspected. Default 3.</summary>
    public int MissedProbes { get; set; } = 3;

    /// <summary>How many silos must suspect one for it to be declared dead; where fewer are left, half of them. Default 2.</summary>
    public int DeathVotes { get; set; } = 2;

    /// <summary>How long a grain may be without requests before its activation ends. Default 15 minutes.</summary>
    public TimeSpan IdleAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long a stream event that a silo has taken from the database stays out of sight of the others. After a silo has died,
    /// its undelivered events come to another one this much later. Whole seconds. Default 1 minute.
    /// </summary>
    public TimeSpan StreamTakeover { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The certificates with which silos and clients know each other.</summary>
    public ClusterTlsOptions Tls { get; set; } = new();

    /// <summary>What this silo tells the others of itself, such as <c>gpu</c> = <c>true</c>.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The metadata that a silo must have to be given inference, as <c>name=value</c>; the same on all silos. A cluster without a GPU
    /// says <c>inference=true</c> here and in the metadata of the silos that are to do it. Default <c>gpu=true</c>.</summary>
    public string InferenceOn { get; set; } = "gpu=true";

    /// <summary>The names under which grains may ask for storage, besides the default one; all are the same storage.</summary>
    public ISet<string> StorageNames { get; } = new HashSet<string>(StringComparer.Ordinal) { "jamemr" };

    /// <summary>The names under which grains may ask for a stream provider.</summary>
    public ISet<string> StreamProviders { get; } = new HashSet<string>(StringComparer.Ordinal) { "audit" };

    /// <summary>The connection string from the file, the option or the environment; null where there is none.</summary>
    public string? FindConnectionString()
    {
        if (ConnectionStringFile is { } file) return File.Exists(file) ? File.ReadLines(file).FirstOrDefault()?.Trim() : null;
        return ConnectionString ?? Environment.GetEnvironmentVariable(ConnectionVariable);
    }
}
