using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Engine.Postgres;

/// <summary>A numbered SQL script, applied once to a database and never changed afterwards.</summary>
/// <param name="Number">Its place in the order; the first is 1.</param>
/// <param name="Name">The file's name without its ending, such as <c>0003_state</c>.</param>
/// <param name="Sql">The text, with Unix line ends.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    private const string Folder = "JamEmr.Engine.Postgres.Schema.";
    private const string Ending = ".sql";
    private const string Serves = "-- Serves programs from migration ";

    /// <summary>What this build's program needs, lowest number first.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>SHA-256 of the text, in lower-case hexadecimal.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>
    /// The last migration that a program must know to work on a database that has this one: its own number, unless the script's first
    /// line says <c>-- Serves programs from migration N</c> because it only adds what older programs never see. That is what lets
    /// silos of two versions run side by side.
    /// </summary>
    public int ServesFrom => Sql.StartsWith(Serves, StringComparison.Ordinal)
        ? int.Parse(Sql.AsSpan(Serves.Length, Sql.IndexOf('\n', StringComparison.Ordinal) - Serves.Length).TrimEnd('.'), NumberStyles.None, CultureInfo.InvariantCulture)
        : Number;

    private static Migration[] Load()
    {
        var assembly = typeof(Migration).Assembly;
        return
        [
            .. from resource in assembly.GetManifestResourceNames()
               where resource.StartsWith(Folder, StringComparison.Ordinal) && resource.EndsWith(Ending, StringComparison.Ordinal)
               let name = resource[Folder.Length..^Ending.Length]
               let number = int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture)
               orderby number
               select new Migration(number, name, Read(resource)),
        ];
    }

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(Migration).Assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
