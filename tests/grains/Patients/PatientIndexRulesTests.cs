using System.Collections.Immutable;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class PatientIndexRulesTests
{
    private static readonly Guid Practice = new("018f0000-0000-7000-8000-000000000001");
    private static readonly DateOnly Born = new(1980, 5, 17);

    [Theory]
    [InlineData("smith", "smyth", true)]
    [InlineData("smith", "sm", true)]
    [InlineData("smith", "sanders", false)]
    [InlineData("o", "ob", false)]
    [InlineData("王", "王李", true)]
    [InlineData("王", "李", false)]
    public void Given_two_families_When_they_begin_alike_Then_they_share_a_shard(string one, string other, bool same) =>
        Assert.Equal(same, PatientIndexRules.ShardOfFamily(Practice, one) == PatientIndexRules.ShardOfFamily(Practice, other));

    [Fact]
    public void Given_a_shard_When_its_key_is_read_Then_it_tells_nothing_of_people()
    {
        var entry = new PatientIndexEntry(Guid.Empty, "smith", "ann", Born);
        foreach (var key in PatientIndexRules.ShardsOf(Practice, entry))
        {
            Assert.Matches("^[0-9a-f-]{36}/patient-index/[0-9a-f]{32}$", key);
            Assert.Equal(Practice, GrainKeys.PracticeOf(key));
        }
    }

    [Fact]
    public void Given_entries_in_any_order_When_added_Then_they_stand_by_family_given_and_id()
    {
        var ids = Enumerable.Range(0, 4).Select(i => new Guid(i, 0, 0, new byte[8])).ToArray();
        PatientIndexEntry[] sorted =
        [
            new(ids[3], "sm", "z", Born), new(ids[0], "smith", "al", Born), new(ids[2], "smith", "al", Born), new(ids[1], "smith", "ann", Born),
        ];
        foreach (var order in new[] { new[] { 0, 1, 2, 3 }, [3, 2, 1, 0], [2, 0, 3, 1] })
        {
            var entries = order.Aggregate(ImmutableArray<PatientIndexEntry>.Empty, (all, i) => PatientIndexRules.Add(all, sorted[i]));
            Assert.Equal(sorted, entries);
        }
    }

    [Fact]
    public void Given_an_entry_When_added_again_Then_nothing_changes()
    {
        var entries = PatientIndexRules.Add([], new PatientIndexEntry(Guid.Empty, "smith", "ann", Born));
        Assert.Equal(entries, PatientIndexRules.Add(entries, new PatientIndexEntry(Guid.Empty, "smith", "ann", Born)));
        Assert.Equal(2, PatientIndexRules.Add(entries, new PatientIndexEntry(Guid.Empty, "smyth", "ann", Born)).Length);
    }

    [Fact]
    public void Given_a_search_When_pages_are_walked_Then_each_match_comes_once_in_order()
    {
        var entries = ImmutableArray<PatientIndexEntry>.Empty;
        for (var i = 0; i < 50; i++)
            entries = PatientIndexRules.Add(entries, new PatientIndexEntry(new Guid(i, 0, 0, new byte[8]), i % 2 == 0 ? "smith" : "snow", "a", Born));
        var search = new PatientSearch("sm", null, null);
        var walked = new List<PatientIndexEntry>();
        for (string? after = null; ; after = PatientIndexRules.SortKey(walked[^1]))
        {
            var page = PatientIndexRules.Find(entries, search, after, 7);
            walked.AddRange(page);
            if (page.Length < 7) break;
        }

        Assert.Equal(entries.Where(e => e.Family == "smith"), walked);
    }

    [Theory]
    [InlineData("S", null, null, "/family")]
    [InlineData(null, "Ann", null, "/family")]
    [InlineData(null, null, null, "/family")]
    [InlineData("--", null, "1980-05-17", "/family")]
    [InlineData("Smith", "''", null, "/given")]
    [InlineData("Sm\u0000", null, null, "/family")]
    [InlineData(null, null, "1800-01-01", "/birthDate")]
    public void Given_a_search_that_is_too_wide_or_malformed_When_read_Then_it_is_refused(
        string? family, string? given, string? birthDate, string pointer)
    {
        var search = new PatientSearch(family, given, Date(birthDate));
        Assert.Equal(pointer, Assert.Throws<DomainException>(() => PatientSearchRules.Read(search)).Pointer);
    }

    [Theory]
    [InlineData("Sm", null, null)]
    [InlineData("王", null, null)]
    [InlineData(null, "A", "1980-05-17")]
    [InlineData("S", null, "1980-05-17")]
    public void Given_a_search_When_read_Then_its_shard_holds_every_match(string? family, string? given, string? birthDate)
    {
        var search = PatientSearchRules.Read(new PatientSearch(family, given, Date(birthDate)));
        var entry = new PatientIndexEntry(Guid.Empty, (search.Family ?? "smith") + "x", (search.Given ?? "a") + "x", Born);
        Assert.True(PatientIndexRules.Matches(entry, search));
        Assert.Contains(PatientSearchRules.Shard(Practice, search), PatientIndexRules.ShardsOf(Practice, entry));
    }

    private static DateOnly? Date(string? text) =>
        text is null ? null : DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
