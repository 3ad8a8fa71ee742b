// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Web;

/// <summary>
/// Answers a request: a method, an <c>async</c> method, or a <c>static</c> lambda. Both arguments are the handler's until its task is done.
/// </summary>
/// <param name="request">What was asked.</param>
/// <param name="response">What is to be answered; one that nothing was sent with becomes a 500.</param>
public delegate WebTask WebHandler(WebRequest request, WebResponse response);
