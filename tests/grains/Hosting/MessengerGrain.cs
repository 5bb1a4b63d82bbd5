using JamEmr.Access;
using JamEmr.Identity;
using JamEmr.Notices;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>A grain that calls others for a test: what the filter makes of calls between grains.</summary>
[Alias("test.messenger")]
public interface IMessengerGrain : IGrainWithStringKey
{
    /// <summary>Calls an internal method of the practice grain with that key.</summary>
    [Requires(Permission.ReadPractice), Alias("facts")]
    Task<PracticeFacts> FactsOfAsync(string key);

    /// <summary>Calls a method of the user grain with that key that needs a right, as the caller.</summary>
    [Requires(Permission.ReadPractice), Alias("user")]
    Task<UserRecord> UserAsync(string key);

    /// <summary>Ends a session as an account does, and then goes on for the caller to a user grain.</summary>
    [Requires(Permission.ReadPractice), Alias("user-after-end")]
    Task<UserRecord> UserAfterEndAsync(string session, string user);

    /// <summary>Ends the session with that key as an account does.</summary>
    [Requires(Permission.ReadPractice), Alias("end-session")]
    Task EndSessionAsync(string key);

    /// <summary>Opens the session with that key as sign-in does.</summary>
    [Requires(Permission.ReadPractice), Alias("open-session")]
    Task<OpenedSession> OpenSessionAsync(string key, UserIdentity user);

    /// <summary>Gives the session with that key an emergency access, as its grain does.</summary>
    [Requires(Permission.ReadPractice), Alias("begin-break-glass")]
    Task BeginBreakGlassAsync(string key, BreakGlassGrant grant);

    /// <summary>Takes an emergency access away from the session with that key, as its grain does.</summary>
    [Requires(Permission.ReadPractice), Alias("end-break-glass")]
    Task EndBreakGlassAsync(string key, Guid grant);

    /// <summary>Takes a login as an account does that is never stored.</summary>
    [Requires(Permission.ReadPractice), Alias("claim-login")]
    Task<bool> ClaimLoginAsync(string key, string login, Guid user);

    /// <summary>Gives notice as another grain does.</summary>
    [Requires(Permission.ReadPractice), Alias("give-notice")]
    Task GiveNoticeAsync(string key, Notice notice);

    /// <summary>Takes an attempt at a secret as a sign-in does, and settles it.</summary>
    [Requires(Permission.ReadPractice), Alias("attempt")]
    Task<TimeSpan?> AttemptAsync(string key, bool succeeds);

    /// <summary>A method without a rule.</summary>
    [Alias("lawless")]
    Task LawlessAsync();
}

/// <inheritdoc cref="IMessengerGrain"/>
public sealed class MessengerGrain : Grain, IMessengerGrain
{
    /// <inheritdoc/>
    public Task<PracticeFacts> FactsOfAsync(string key) => GrainFactory.GetGrain<IPracticeGrain>(key).FactsAsync();

    /// <inheritdoc/>
    public Task<UserRecord> UserAsync(string key) => GrainFactory.GetGrain<IUserGrain>(key).GetAsync();

    /// <inheritdoc/>
    public async Task<UserRecord> UserAfterEndAsync(string session, string user)
    {
        await EndSessionAsync(session);
        return await UserAsync(user);
    }

    /// <inheritdoc/>
    public Task EndSessionAsync(string key) => GrainFactory.GetGrain<IUserSessionGrain>(key).EndBySystemAsync("test");

    /// <inheritdoc/>
    public Task<OpenedSession> OpenSessionAsync(string key, UserIdentity user) => GrainFactory.GetGrain<IUserSessionGrain>(key).OpenAsync(user);

    /// <inheritdoc/>
    public Task BeginBreakGlassAsync(string key, BreakGlassGrant grant) => GrainFactory.GetGrain<IUserSessionGrain>(key).BeginBreakGlassAsync(grant);

    /// <inheritdoc/>
    public Task EndBreakGlassAsync(string key, Guid grant) => GrainFactory.GetGrain<IUserSessionGrain>(key).EndBreakGlassAsync(grant);

    /// <inheritdoc/>
    public Task<bool> ClaimLoginAsync(string key, string login, Guid user) => GrainFactory.GetGrain<IUserRegistryGrain>(key).ClaimAsync(login, user);

    /// <inheritdoc/>
    public Task GiveNoticeAsync(string key, Notice notice) => GrainFactory.GetGrain<INoticesGrain>(key).AddAsync(notice);

    /// <inheritdoc/>
    public async Task<TimeSpan?> AttemptAsync(string key, bool succeeds)
    {
        var brake = GrainFactory.GetGrain<IAttemptGrain>(key);
        var answer = await brake.BeginAsync();
        if (answer.Wait is null && succeeds) await brake.SucceededAsync(answer.Attempt);
        return answer.Wait;
    }

    /// <inheritdoc/>
    public Task LawlessAsync() => Task.CompletedTask;
}
