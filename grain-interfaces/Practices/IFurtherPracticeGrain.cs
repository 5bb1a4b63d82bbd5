using JamEmr.Access;

namespace JamEmr.Practices;

/// <summary>Lets the operator found a further practice in an installation that has one. Key <c>system/further-practice</c>.</summary>
/// <remarks>Apart from <see cref="ISetupGrain"/>, because a front door is believed to be the host of that one only: whoever holds its certificate
/// alone founds no practice beside those that are there. The process that hosts the grains may.</remarks>
[Alias("jamemr.further-practice")]
public interface IFurtherPracticeGrain : IGrainWithStringKey
{
    /// <summary>A new one-time set-up code, good for 72 hours whatever practices there are. Every code before it is worth nothing, and a founding that was interrupted is given up.</summary>
    /// <param name="place">Where it will be shown; kept to 64 letters, digits, dots and hyphens.</param>
    [Requires(Permission.IssueSetupCode), Alias("issue-code"), ResponseTimeout(AnswerTimes.Start)]
    Task<IssuedSetupCode> IssueCodeAsync(string place);
}
