using JamEmr.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Identity;

/// <inheritdoc cref="IAttemptGrain"/>
/// <remarks>
/// In memory on purpose. Strangers choose the keys, so what was stored under them could be made to grow without end; what happened is on the
/// audit log anyway; and a restart, which nobody outside can bring about, gives a guesser five more guesses. As long as a failure is not
/// forgiven, a timer keeps the grain from being collected.
/// </remarks>
public sealed class AttemptGrain(GrainsOptions options, TimeProvider time, ILogger<AttemptGrain> logger) : Grain, IAttemptGrain
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);
    private AttemptTally _tally;
    private long _last;
    private IGrainTimer? _alive;

    private bool IsOfAddress => GrainKeys.PracticeOf(this.GetPrimaryKeyString()) is null;

    private AttemptLimit Limit => IsOfAddress ? options.AttemptsPerAddress : AttemptLimit.Account;

    /// <inheritdoc/>
    public Task<AttemptAnswer> BeginAsync()
    {
        var now = time.GetUtcNow();
        _tally = AttemptRules.At(_tally, Limit, now);
        if (AttemptRules.WaitAt(_tally, now) is { } wait) return Task.FromResult(new AttemptAnswer(0, wait));
        _tally = AttemptRules.Count(_tally, Limit, now);
        if (_tally.Failures == Limit.Free) logger.Braked(this.GetPrimaryKeyString());
        _alive ??= this.RegisterGrainTimer(ForgetAsync, new GrainTimerCreationOptions(KeepAlive, KeepAlive) { KeepAlive = true });
        return Task.FromResult(new AttemptAnswer(++_last, null));
    }

    /// <inheritdoc/>
    public Task SucceededAsync(long attempt)
    {
        _tally = _tally with
        {
            Failures = IsOfAddress ? Math.Max(0, _tally.Failures - 1) : 0,
            // Only the delay that this very attempt began: one begun since belongs to another.
            NotBefore = attempt == _last || !IsOfAddress ? time.GetUtcNow() : _tally.NotBefore,
        };
        ReleaseWhenForgiven();
        return Task.CompletedTask;
    }

    private Task ForgetAsync()
    {
        _tally = AttemptRules.At(_tally, Limit, time.GetUtcNow());
        ReleaseWhenForgiven();
        return Task.CompletedTask;
    }

    private void ReleaseWhenForgiven()
    {
        if (_tally.Failures > 0) return;
        _alive?.Dispose();
        _alive = null;
    }
}
