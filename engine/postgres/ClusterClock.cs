using System.Globalization;
using Npgsql;

namespace JamEmr.Engine.Postgres;

/// <summary>This machine's clock is some seconds before or behind the database's.</summary>
/// <param name="message">By how much, and what to do.</param>
public sealed class ClockSkewException(string message) : Exception(message);

/// <summary>
/// Whether this machine's clock is right by that of the database, the one clock that a cluster's machines share. Silos tell each other by their
/// own clocks when they were last alive, and take one that has said nothing for 15 seconds for one that is no more; and the times in the audit
/// log are theirs.
/// </summary>
public static class ClusterClock
{
    /// <summary>How far a machine may be off: two of them are then less apart than half of what would be taken for a death.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(3);

    /// <summary>Makes sure that it is.</summary>
    /// <exception cref="ClockSkewException">It is not; the message says by how much and what to do.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task RequireAsync(string connection, TimeProvider time, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(time);
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await database.OpenAsync(ct);
        await using var command = new NpgsqlCommand("SELECT clock_timestamp()", database);
        var before = time.GetUtcNow();
        var there = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(ct))!);
        var after = time.GetUtcNow();
        // The database looked at its clock at some moment in between.
        var off = there < before ? there - before : there > after ? there - after : TimeSpan.Zero;
        if (off.Duration() <= Tolerance) return;
        throw new ClockSkewException(string.Create(
            CultureInfo.InvariantCulture,
            $"This machine's clock is {off.Duration().TotalSeconds:0.0} seconds {(off > TimeSpan.Zero ? "behind" : "before")} the database's; at most {Tolerance.TotalSeconds:0} are allowed. Have all machines of the cluster keep time (chrony, NTP), then start again."));
    }
}
