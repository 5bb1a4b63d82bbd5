using JamEmr.Errors;

namespace JamEmr.Api.Exports;

/// <summary>How many live logs are open at once in this process: each asks the log twice a second for as long as it is open.</summary>
public sealed class AuditFeedLimit
{
    /// <summary>For one person.</summary>
    public const int PerPerson = 3;

    /// <summary>For all.</summary>
    public const int InAll = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _open = [];

    /// <summary>Takes a place until it is disposed of.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.TooManyRequests"/>.</exception>
    public IDisposable Enter(Guid person)
    {
        lock (_gate)
        {
            var own = _open.GetValueOrDefault(person);
            if (own >= PerPerson || _open.Values.Sum() >= InAll)
                throw new DomainException(ErrorCode.TooManyRequests, "Too many live logs are open. Close one, or wait until another ends.");
            _open[person] = own + 1;
        }

        return new Place(this, person);
    }

    private void Leave(Guid person)
    {
        lock (_gate)
        {
            if (--_open[person] == 0) _open.Remove(person);
        }
    }

    private sealed class Place(AuditFeedLimit limit, Guid person) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) limit.Leave(person);
        }
    }
}
