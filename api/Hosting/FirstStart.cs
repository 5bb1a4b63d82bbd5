using JamEmr.Access;
using JamEmr.Practices;

namespace JamEmr.Api.Hosting;

/// <summary>A fresh installation has no accounts: the operator gets a one-time code to found the first practice with.</summary>
public static class FirstStart
{
    /// <summary>A new set-up code, or null when a practice exists.</summary>
    public static async Task<string?> IssueSetupCodeAsync(IServiceProvider services, bool evenIfFounded = false)
    {
        RequestContext.Clear();
        CallerContext.Set(Caller.Host(Guid.CreateVersion7(services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString("N")));
        try
        {
            return await services.GetRequiredService<IGrainFactory>().GetGrain<ISetupGrain>(GrainKeys.OfSystem("setup")).IssueCodeAsync(evenIfFounded);
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    /// <summary>Prints the code on the operator's console, never to a log.</summary>
    public static async Task PrintSetupCodeAsync(WebApplication app, TextWriter console)
    {
        if (await IssueSetupCodeAsync(app.Services) is { } code)
            await console.WriteLineAsync($"No practice yet, or its administrator never enrolled. Found it with POST {app.Urls.First()}/v1/practice and this one-time set-up code: {code}");
    }
}
