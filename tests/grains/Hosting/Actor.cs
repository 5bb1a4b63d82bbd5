using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>Somebody who calls grains, under one correlation id of their own, by which their trail is read back.</summary>
public sealed class Actor(GrainHost host, Caller caller)
{
    /// <summary>As the call filter sees them.</summary>
    public Caller Caller { get; } = caller;

    /// <summary>Their practice.</summary>
    public Guid Practice => Caller.Practice ?? throw new InvalidOperationException("This actor has no practice.");

    /// <summary>The same person a moment after proving their identity again, under a new correlation id.</summary>
    public Actor Reauthenticated() =>
        new(host, Caller with { ReauthenticatedAt = host.Time.GetUtcNow(), CorrelationId = TestPractice.NewCorrelation() });

    /// <summary>The same person, under a new correlation id.</summary>
    public Actor Again() => new(host, Caller with { CorrelationId = TestPractice.NewCorrelation() });

    /// <summary>Calls an entity's grain of the actor's own practice.</summary>
    public Task<T> CallAsync<TGrain, T>(Guid id, Func<TGrain, Task<T>> call)
        where TGrain : IGrainWithStringKey => CallKeyAsync(GrainKeys.Of(Practice, id), call);

    /// <summary>Calls a named grain of the actor's own practice.</summary>
    public Task<T> CallAsync<TGrain, T>(string name, Func<TGrain, Task<T>> call)
        where TGrain : IGrainWithStringKey => CallKeyAsync(GrainKeys.Of(Practice, name), call);

    /// <summary>Calls a grain of the installation.</summary>
    public Task<T> CallSystemAsync<TGrain, T>(string name, Func<TGrain, Task<T>> call)
        where TGrain : IGrainWithStringKey => CallKeyAsync(GrainKeys.OfSystem(name), call);

    /// <summary>Calls the grain of any key.</summary>
    public async Task<T> CallKeyAsync<TGrain, T>(string key, Func<TGrain, Task<T>> call)
        where TGrain : IGrainWithStringKey
    {
        // Set within this method, the context ends with it.
        RequestContext.Clear();
        CallerContext.Set(Caller);
        return await call(host.Grains.GetGrain<TGrain>(key)).Soon();
    }

    /// <summary>Calls the grain of any key.</summary>
    public async Task CallKeyAsync<TGrain>(string key, Func<TGrain, Task> call)
        where TGrain : IGrainWithStringKey
    {
        RequestContext.Clear();
        CallerContext.Set(Caller);
        await call(host.Grains.GetGrain<TGrain>(key)).Soon();
    }

    /// <summary>Calls an entity's grain and expects to be refused with the code.</summary>
    public Task<DomainException> RefusedAsync<TGrain>(ErrorCode code, Guid id, Func<TGrain, Task> call)
        where TGrain : IGrainWithStringKey => RefusedKeyAsync(code, GrainKeys.Of(Practice, id), call);

    /// <summary>Calls a named grain and expects to be refused with the code.</summary>
    public Task<DomainException> RefusedAsync<TGrain>(ErrorCode code, string name, Func<TGrain, Task> call)
        where TGrain : IGrainWithStringKey => RefusedKeyAsync(code, GrainKeys.Of(Practice, name), call);

    /// <summary>Calls the grain of any key and expects to be refused with the code.</summary>
    public async Task<DomainException> RefusedKeyAsync<TGrain>(ErrorCode code, string key, Func<TGrain, Task> call)
        where TGrain : IGrainWithStringKey
    {
        var refusal = await Assert.ThrowsAsync<DomainException>(() => CallKeyAsync(key, call));
        Assert.Equal(code, refusal.Code);
        return refusal;
    }

    /// <summary>Everything this actor's calls left on the practice's log, oldest first.</summary>
    public async Task<IReadOnlyList<AuditRecord>> TrailAsync()
    {
        var officer = new Actor(host, TestPractice.CallerOf(Practice, Guid.CreateVersion7(host.Time.GetUtcNow()), Role.SecurityOfficer));
        var query = new AuditQuery(CorrelationId: Caller.CorrelationId, OldestFirst: true);
        var page = await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.QueryAsync(query, new PageRequest(null, 200)));
        return [.. page.Items.Select(item => item.Record)];
    }

    /// <summary>The one record this actor's calls left on the practice's log.</summary>
    public async Task<AuditRecord> OnlyRecordAsync() => Assert.Single(await TrailAsync());
}
