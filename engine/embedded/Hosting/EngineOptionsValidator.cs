using Microsoft.Extensions.Options;

namespace JamEmr.Engine.Hosting;

/// <summary>Refuses options that cannot work, when the host starts.</summary>
internal sealed class EngineOptionsValidator : IValidateOptions<EngineOptions>
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(options.DataFolder)) problems.Add("DataFolder must name a folder.");
        Check(problems, options.ResponseTimeout, nameof(options.ResponseTimeout));
        Check(problems, options.IdleAge, nameof(options.IdleAge));
        Check(problems, options.StopTimeout, nameof(options.StopTimeout));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(List<string> problems, TimeSpan value, string name)
    {
        if (value < s_shortest || value > s_longest) problems.Add($"{name} must be from {s_shortest} to {s_longest}.");
    }
}
