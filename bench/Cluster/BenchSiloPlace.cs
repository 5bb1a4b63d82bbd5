namespace JamEmr.Bench.Cluster;

/// <summary>Where a silo of the bench runs.</summary>
/// <param name="Connection">A database with the cluster's schema.</param>
/// <param name="MasterKeyFile">The key that seals what it stores.</param>
/// <param name="Port">Its port on loopback.</param>
internal sealed record BenchSiloPlace(string Connection, string MasterKeyFile, int Port);
