namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The entries that meet a question's conditions, epoch by epoch in one direction of the log, for what has to go over them more than once.
/// One bit for each entry of the epochs that have any; nothing where every entry meets them.
/// </summary>
internal sealed class MatchedEpochs
{
    private readonly Matcher _matcher;
    private readonly bool _oldestFirst;
    private readonly List<(long Epoch, EpochBits Bits)>? _epochs;

    public MatchedEpochs(Matcher matcher, bool oldestFirst, long size)
    {
        (_matcher, _oldestFirst, Total) = (matcher, oldestFirst, size);
        if (matcher.IsOpen) return;
        _epochs = [];
        Total = 0;
        var bits = new EpochBits();
        foreach (var epoch in matcher.Epochs(oldestFirst))
        {
            if (!matcher.Match(epoch, bits)) continue;
            _epochs.Add((epoch, bits));
            Total += bits.Count;
            bits = new EpochBits();
        }
    }

    /// <summary>Whether that is all of them.</summary>
    public bool IsAll => _epochs is null;

    /// <summary>How many epochs have any.</summary>
    public long Epochs => _epochs?.Count ?? _matcher.LastEpoch - _matcher.FirstEpoch + 1;

    /// <summary>How many entries.</summary>
    public long Total { get; }

    /// <summary>The entries. The bits hold until the next epoch and are not to be changed.</summary>
    public IEnumerable<(long Epoch, EpochBits Bits)> Each()
    {
        if (_epochs is not null)
        {
            foreach (var epoch in _epochs) yield return epoch;
            yield break;
        }

        var bits = new EpochBits();
        foreach (var epoch in _matcher.Epochs(_oldestFirst))
        {
            if (_matcher.Match(epoch, bits)) yield return (epoch, bits);
        }
    }

    /// <summary>The places of the entries.</summary>
    public IEnumerable<long> Indexes() =>
        Each().SelectMany(epoch => epoch.Bits.Positions(_oldestFirst), (epoch, position) => epoch.Epoch * Schema.Epoch + position);
}
