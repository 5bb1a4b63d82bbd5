namespace JamEmr.Practices;

/// <inheritdoc cref="IFurtherPracticeGrain"/>
public sealed class FurtherPracticeGrain : Grain, IFurtherPracticeGrain
{
    /// <inheritdoc/>
    public Task<IssuedSetupCode> IssueCodeAsync(string place) =>
        GrainFactory.GetGrain<ISetupGrain>(GrainKeys.OfSystem("setup")).IssueFurtherCodeAsync(place);
}
