namespace JamEmr.Engine.Hosting;

/// <summary>How an embedded engine runs. Checked when the host starts.</summary>
public sealed class EngineOptions
{
    /// <summary>The folder that holds everything durable. One process at a time; created when missing.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>
    /// The file with the master key that seals what is stored. When not set, a key is made on first start beside the data
    /// folder, never inside it, so that a copy of the folder alone cannot be read.
    /// </summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>How long a caller waits for an answer before it gets a <see cref="TimeoutException"/>; it may be early by a
    /// thirty-second part of it, at most a second. Default 30 seconds.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a grain may be without requests before its activation ends. Default 15 minutes.</summary>
    public TimeSpan IdleAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a stopping engine waits for what runs and for deactivations before it leaves them; also the limit of
    /// each OnDeactivateAsync. Default 30 seconds.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The names under which grains may ask for a stream provider; all are the same durable streams.</summary>
    public ISet<string> StreamProviders { get; } = new HashSet<string>(StringComparer.Ordinal);
}
