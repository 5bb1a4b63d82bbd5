using System.Globalization;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>
/// Where a silo keeps what survives it. The port belongs to it: a silo that comes back at its address is known to replace the one
/// that died there, and need not be waited for.
/// </summary>
internal sealed record Place(int Port, string MasterKeyFile, string Connection)
{
    private const char Separator = '|';

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static Place Parse(string text)
    {
        var parts = text.Split(Separator, 3);
        return new Place(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2]);
    }

    /// <summary>The place that a file names; a new database, named there from now on, where there is no such file.</summary>
    public static async Task<Place> OfAsync(string file)
    {
        if (File.Exists(file)) return Parse(await File.ReadAllTextAsync(file));
        var place = await NewAsync();
        await File.WriteAllTextAsync(file, place.ToString());
        return place;
    }

    /// <summary>A new database, which goes with the server at the end of this process.</summary>
    public static async Task<Place> NewAsync()
    {
        var database = await ClusterDatabase.CreateAsync();
        return new Place(LoopbackPorts.Next(), database.MasterKeyFile, database.Connection);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Port}{Separator}{MasterKeyFile}{Separator}{Connection}");
}
