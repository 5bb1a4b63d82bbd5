using JamEmr.Tests.Engine.Child;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace JamEmr.Tests.Engine;

/// <summary>Runs the tests or, told so by its first argument, the process that the crash tests start and kill.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        if (args is [ChildProcess.Switch, .. var rest]) return CrashChild.RunAsync(rest);
        return args.Any(a => a is "-automated" or "@@")
            ? ConsoleRunner.Run(args)
            : TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
    }
}
