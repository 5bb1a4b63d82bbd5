using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Practices;

/// <inheritdoc cref="IPracticeRegistryGrain"/>
public sealed class PracticeRegistryGrain(
    [PersistentState("practices")] IPersistentState<Audited<NameListState>> storage,
    AuditGate gate) : AuditedGrain<NameListState>(storage, gate), IPracticeRegistryGrain
{
    private NameListState State => Current ?? NameListState.Empty;

    /// <inheritdoc/>
    public async Task<bool> ClaimAsync(string code, Guid practice)
    {
        var next = State.Claim(code, practice);
        if (next is null) return false;
        // Founding the practice leaves the record; a code alone shows nobody anything.
        if (next != State) await CommitAsync(next);
        return true;
    }

    /// <inheritdoc/>
    public Task<Guid?> FindAsync(string code) => Task.FromResult(State.Find(code));

    /// <inheritdoc/>
    public Task<string?> CodeOfAsync(Guid practice) => Task.FromResult(State.Names.FirstOrDefault(name => name.Id == practice)?.Name);

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(Guid practice) => Task.FromResult(State.Names.Any(name => name.Id == practice));

    /// <inheritdoc/>
    public Task<int> CountAsync() => Task.FromResult(State.Names.Length);
}
