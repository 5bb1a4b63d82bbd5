namespace JamEmr.Engine.Storage;

/// <summary>Where an embedded engine keeps its data and where its master key comes from.</summary>
public sealed record EngineStoreOptions
{
    /// <summary>The environment variable that is looked at by default.</summary>
    public const string DefaultMasterKeyVariable = "JAMEMR_MASTER_KEY";

    /// <summary>The data folder; made when it does not exist.</summary>
    public required string DataFolder { get; init; }

    /// <summary>A file that holds the master key (32 bytes in base64). It outranks the environment variable.</summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>The environment variable that may hold the master key (32 bytes in base64).</summary>
    public string MasterKeyVariable { get; init; } = DefaultMasterKeyVariable;
}
