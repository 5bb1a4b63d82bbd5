using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using JamEmr.Common;

namespace JamEmr.Patients;

/// <summary>Where index entries stand, in which order, and what they match.</summary>
internal static class PatientIndexRules
{
    private const char Separator = '\u0001';

    /// <summary>The entry that a patient's record should have.</summary>
    public static PatientIndexEntry EntryOf(PatientRecord record) => new(
        record.Id,
        NameFolding.Fold(record.Demographics.Family),
        NameFolding.Fold(record.Demographics.Given),
        record.Demographics.BirthDate);

    /// <summary>The grain keys of the shards an entry stands in: one by family name, one by month of birth.</summary>
    public static ImmutableArray<string> ShardsOf(Guid practice, PatientIndexEntry entry) =>
        [ShardOfFamily(practice, entry.Family), ShardOfBirth(practice, entry.BirthDate)];

    /// <summary>The shard of folded family names that begin alike.</summary>
    public static string ShardOfFamily(Guid practice, string family) => Shard(practice, "family/" + Head(family));

    /// <summary>The shard of a month of birth.</summary>
    public static string ShardOfBirth(Guid practice, DateOnly birthDate) =>
        Shard(practice, "birth/" + birthDate.ToString("yyyy-MM", CultureInfo.InvariantCulture));

    /// <summary>Whether folded letters are enough to name a shard: two, or one of a script whose family names are short.</summary>
    public static bool NamesShard(string family) => family.Length >= 2 || (family.Length == 1 && !IsShort(family[0]));

    /// <summary>An entry's place in the order of answers.</summary>
    public static string SortKey(PatientIndexEntry entry) => string.Join(Separator, entry.Family, entry.Given, entry.Patient.ToString("D"));

    /// <summary>Whether an entry answers a search of folded names.</summary>
    public static bool Matches(PatientIndexEntry entry, PatientSearch search) =>
        (search.Family is null || entry.Family.StartsWith(search.Family, StringComparison.Ordinal))
        && (search.Given is null || entry.Given.StartsWith(search.Given, StringComparison.Ordinal))
        && (search.BirthDate is null || entry.BirthDate == search.BirthDate);

    /// <summary>With an entry in its place; the same array when it is there.</summary>
    public static ImmutableArray<PatientIndexEntry> Add(ImmutableArray<PatientIndexEntry> entries, PatientIndexEntry entry)
    {
        if (entries.Contains(entry)) return entries;
        var key = SortKey(entry);
        int low = 0, high = entries.Length;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (string.CompareOrdinal(SortKey(entries[middle]), key) <= 0) low = middle + 1;
            else high = middle;
        }

        return entries.Insert(low, entry);
    }

    /// <summary>The first matches after a sort key.</summary>
    public static ImmutableArray<PatientIndexEntry> Find(
        ImmutableArray<PatientIndexEntry> entries, PatientSearch search, string? after, int limit) =>
        [.. entries
            .Where(entry => Matches(entry, search) && (after is null || string.CompareOrdinal(SortKey(entry), after) > 0))
            .Take(limit)];

    private static string Head(string family)
    {
        if (family.Length == 0) return "";
        if (IsShort(family[0])) return family[..Math.Min(2, family.Length)];
        return Rune.GetRuneAt(family, 0).ToString();
    }

    // In Latin, Greek and Cyrillic script one letter says too little; a Chinese or Korean family name often is one.
    private static bool IsShort(char c) => c < '\u0530';

    // Keys appear in logs and metrics, where not even a month of birth belongs.
    private static string Shard(Guid practice, string name) =>
        GrainKeys.Of(practice, "patient-index/" + GrainJson.HashBytes(Encoding.UTF8.GetBytes($"{practice:D}/{name}"))[..32]);
}
