using JamEmr.Api.Hosting;

return await Commands.Root().Parse(args).InvokeAsync();
