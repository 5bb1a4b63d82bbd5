namespace JamEmr.Audit;

/// <summary>Where checkpoints go and how often.</summary>
/// <param name="Folder">The folder outside the database.</param>
/// <param name="KeyFile">The file with the keys that sign.</param>
/// <param name="Interval">How often is looked for something new.</param>
public sealed record CheckpointSettings(string Folder, string KeyFile, TimeSpan Interval);
