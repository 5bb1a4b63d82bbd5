using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Postgres;

/// <summary>
/// What a writer knows of a log after its last commit: enough to go on without reading, as long as the head is still the one it wrote. One whose
/// transaction failed is thrown away.
/// </summary>
internal sealed record LogState(int Id, TreeHead Head, CompactRange Range, TileBuilder Tiles, KnownTerms Terms);

/// <summary>The numbers of texts, which never change while the log's epoch is the same.</summary>
internal sealed class KnownTerms(int log, int epoch)
{
    private const int Most = 100_000;

    private readonly Dictionary<(short Kind, string Text), int> _numbers = [];

    public int? Find(short kind, string text) => _numbers.TryGetValue((kind, text), out var number) ? number : null;

    public void Add(short kind, string text, int number)
    {
        if (_numbers.Count >= Most) _numbers.Clear();
        _numbers[(kind, text)] = number;
    }

    public bool AreOf(LogRow row) => row.Id == log && row.Epoch == epoch;
}
