"""How problems that every site knows are called on their pages, and what each code means to whoever meets it.

`MEANINGS` says in a sentence what happened and what to do; the English detail of an error, written for programs and
operators, stands folded beside it on a Chinese page. A code without a sentence is told by `ANY`. What each code means
to a program stands in docs/errors.md; a test keeps the two complete.
"""

from __future__ import annotations

from mianzheng.model.text import Text

OTHER = Text(zh="这一步没有办成", en="This step was not taken")
TITLES = {
    "bad-spreadsheet": Text(zh="这个文件读不了", en="This file cannot be read"),
    "spreadsheet-too-large": Text(zh="这个文件太大", en="This file is too large"),
    "too-many-rows": Text(zh="行数太多", en="There are too many rows"),
    "too-many-columns": Text(zh="栏数太多", en="There are too many columns"),
    "no-rows": Text(zh="这个文件里没有申请", en="There is no application in this file"),
    "csrf": Text(zh="页面放得太久，请再提交一次", en="The page was open too long: send it once more"),
    "mandate-expired": Text(zh="这份委托已经到期", en="The mandate's time is over"),
    "mandate-locked": Text(zh="对方已上锁，现在谁也不能替他办", en="The person has it locked that others act for them"),
    "mandate-not-for-this-item": Text(zh="这份委托不含这件事", en="The mandate does not hold for this"),
    "mandate-revoked": Text(zh="这份委托已经撤销", en="The mandate was revoked"),
    "mandate-used-up": Text(zh="这份委托的次数已经用完", en="The mandate is used up"),
    "too-many-requests": Text(zh="请求太频繁，请过一分钟再试", en="Too many attempts: try again in a minute"),
}
ANY = Text(
    zh="请回到上一步再试一次；还是不行，请打 12345，并报上面的代码。",
    en="Go back and try once more; if it stays so, call 12345 and name the code above.",
)
_ANEW = Text(zh="请回到办件，从头再签一次。", en="Go back to the case and sign once more from the start.")
_DEVICE = Text(
    zh="设备上的签名没有通过核对，什么都没有签。请再签一次，或换一种签名方式。",
    en="The device's signature did not hold and nothing was signed. Sign again, or in another way.",
)
_TYPED = Text(
    zh="填写的内容不能这样提交。请回到上一步，照提示改好再提交。",
    en="What was entered cannot be sent so. Go back, mend it and send it again.",
)
_CLOCK = Text(
    zh="所填的日期或期限不合法律规定，没有记下。请核对后再填。",
    en="The dates or limits entered are not those that the law allows; nothing was kept. Check and enter them again.",
)
_MANDATE = Text(
    zh="没有可用的委托，不能替对方办。请对方先作出委托，再来办理。",
    en="No mandate serves here. Let the other person grant one, then begin again.",
)
_MOMENT = Text(
    zh="有一处系统暂时没有回答，什么都没有改。请过一会儿再试。",
    en="Something does not answer at the moment; nothing was changed. Try again in a while.",
)
MEANINGS: dict[str, Text] = {
    "not-signed-in": Text(
        "还没有登录，或者登录已经结束。请重新登录。", "Not signed in, or it has ended: sign in again."
    ),
    "sign-in-refused": Text(
        "没有认出您是谁，哪一处不对不会说。请核对号码和所用的方式，再登录一次。",
        "It was not clear who you are; which part failed is never said. Check what you typed and sign in again.",
    ),
    "bad-sign-in": Text("登录没有通过。请从头再登录一次。", "The sign-in did not hold: sign in again from the start."),
    "presence-refused": Text(
        "核验没有通过，哪一处不对不会说。可再试一次，或读卡、刷脸、回拨电话。",
        "Not verified; which part failed is never said. Try again, or by card, face or a call back.",
    ),
    "clerk-unknown": Text(
        "身份核验机关不认可本窗口工作人员的签名。请换有授权的工作人员办理。",
        "The authority does not know this clerk's signature: let a certified clerk do it.",
    ),
    "presence-budget-used-up": Text(
        "这位工作人员今天的核验次数已用完。请由另一位办理，或明天再来。",
        "This clerk has begun all the presences of a day: another clerk, or tomorrow.",
    ),
    "bundle-refused": Text(
        "没有确认签名的人就是申请人：没有受理，也没有问任何部门。请再次申请，由本人签名。",
        "Nobody vouches that whoever signed is the applicant: nothing was accepted or asked. Apply again.",
    ),
    "presence-used": Text(
        "这次核验已经办过一件。请重新核验，再办这一件。",
        "This presence has opened a case already: see the person again.",
    ),
    "another-clerk": Text(
        "核验是另一位工作人员做的，要由那一位签名。请重新申请，或重新核验。",
        "Another clerk began this presence and signs beside it: apply anew, or see the person again.",
    ),
    "presence-unavailable": _MOMENT,
    "mandate-refused": Text(
        "委托没有作出：双方、凭据或条件对不上，哪一处不会说。请核对后再作一次；一天里十次没有作出，就过一天再作。",
        "The mandate was not made: parties, proof and terms do not belong together; which, is never said. "
        "Look again; after ten such grants within a day, wait for a day.",
    ),
    "mandate-missing": _MANDATE,
    "mandate-invalid": _MANDATE,
    "mandate-unknown": _MANDATE,
    "mandate-not-yet": Text(
        "这份委托要到次日才生效。请明天再办。", "The mandate holds from the next day on: come back tomorrow."
    ),
    "mandate-expired": Text(
        "委托的期限已过，不能再用。请对方重新作一份委托。", "Its time is over: let the person grant another."
    ),
    "mandate-used-up": Text(
        "委托写明的次数已经办完。请对方重新作一份委托。",
        "It was used as often as it says: let the person grant another.",
    ),
    "mandate-revoked": Text(
        "委托已被撤销，不能再用。仍要代办的，请对方重新作一份。",
        "It was ended and serves no more; if it is still wanted, let the person grant another.",
    ),
    "mandate-locked": Text(
        "本人上了锁，不让别人代办。要办，请本人到身份核验网页解锁，或亲自来办。",
        "The person has it locked that others act for them: they unlock it at the authority's site, or come in person.",
    ),
    "mandate-party-gone": Text(
        "双方有一位已不能作委托，或不再代表这个单位。请由现在的代表人确认，或打 12345。",
        "One of the two can be no party any more: a new representative confirms it, or call 12345.",
    ),
    "mandate-not-for-this-item": Text(
        "委托没有写这件事，或这件事不能由别人代办。请对方另作一份写明它的委托，或本人来办。",
        "It does not name this service, or nobody may act in it: let the person grant one that does, or come.",
    ),
    "mandate-other-holder": Text(
        "结果只能交给委托人本人，不能交给代办人。", "The result goes to the principal's own key alone."
    ),
    "mandate-over-limit": Text(
        "数额超过了委托写明的上限。请由法定代表人本人签字。",
        "It is above the sum of the mandate: the legal representative signs this one.",
    ),
    "standing-expired": Text("委托是否有效要再核实一次。请再试一次。", "Whether it stands is asked anew: try again."),
    "agent-has-enough-mandates": Text(
        "这位代办人已有三份在用的委托。请先撤销一份，再作新的。",
        "Three open mandates of this agent stand already: end one first.",
    ),
    "hand-over-refused": Text(
        "委托没有带过来：可能过了十分钟，或已经用过。请回到身份核验网页的“委托”页再来一次。",
        "It is older than ten minutes, or was brought before: begin again from the mandates at the authority's site.",
    ),
    "nonce-used": Text("这一次的签名已用过或过了时间。请再来一次。", "It was used, or is too old: begin once more."),
    "bad-signature": Text(
        "签名没有通过核对，什么都没有签。请再签一次。", "The signature did not hold; nothing was signed. Sign again."
    ),
    "bad-step": Text(
        "签的不是这一步，什么都没有改。请回到办件再签一次。",
        "What was signed is another step; nothing was changed. Go back to the case and sign again.",
    ),
    **dict.fromkeys(
        (
            "assertion-type",
            "assertion-challenge",
            "assertion-origin",
            "assertion-rp-id",
            "assertion-user-verification",
            "assertion-signature",
            "assertion-key",
            "assertion-software",
            "bad-assertion",
        ),
        _DEVICE,
    ),
    "bad-authorisation": _ANEW,
    "shown-otherwise": Text(
        "您签的和办件现在的内容不同。请再看一遍，重新签。",
        "What you signed is not what the case shows now: read, sign again.",
    ),
    "bad-form": _TYPED,
    "bad-choice": Text(
        "要选的人没有选好。请回到上一步，填好姓名和号码再提交。",
        "Whom you mean is not chosen yet: go back, enter name and number, and send it again.",
    ),
    "bad-value": _TYPED,
    "wrong-use": _TYPED,
    "bad-request": _TYPED,
    "wrong-kind": Text(
        "这件事不是办给这类申请人的：个人的事由个人申请，单位的事请从“单位办事”进。",
        "This service is not for this kind of applicant: bodies apply under “For bodies”, people for themselves.",
    ),
    "no-signature-due": Text(
        "这里没有要请别人签的字，接着办就行。", "Nobody of that role must sign: go on with the case."
    ),
    "invitation-own": Text(
        "这是您自己发出的邀请码，要由另一位本人打开。", "This is your own invitation: it is for the other person."
    ),
    "invitation-invalid": Text(
        "这个邀请码打不开：可能用过、过期或抄错。请对方重新给一个。",
        "The code opens nothing: it was used, is too old, or mistyped. Ask for a new one.",
    ),
    "nothing-to-sign": Text(
        "这一步已经签过，或放了超过半小时。请从办件里重新开始。",
        "It was signed already, or begun more than half an hour ago: begin again from the case.",
    ),
    "form-gone": Text(
        "这张表单放了超过半小时，或是另一位的。请从事项或办件里重新填。",
        "It was left for more than half an hour, or is another person's: fill it in anew from the service or the case.",
    ),
    "choice-refused": Text(
        "带回来的密封名字是另一位的、另一张表单的、已经用过，或过了五分钟，所以没有收下。请从您的表单再去公安网站填一次。",
        "The sealed name is another person's or form's, was used already, or is older than five minutes. Go to the "
        "authority's site once more, from your own form.",
    ),
    "consent-not-meant": Text(
        "签字的不是登记所指的那一位，没有回答任何问题。请与申请人核对邀请的是谁。",
        "Whoever signed is not the one meant; nothing was answered. Check with the applicant whom they mean.",
    ),
    "bad-spreadsheet": Text(
        "它不是 .xlsx 表格，或者坏了。请把填好的模板另存为 .xlsx 再交。",
        "It is no .xlsx spreadsheet, or a broken one: save the filled-in template as .xlsx and send that.",
    ),
    "spreadsheet-too-large": Text(
        "一个文件最多 900 KB、100 行。请删掉图片、样式和多余的行，或分成几个文件交。",
        "A file has at most 900 kB and 100 rows: take out pictures, styles and other rows, or send several files.",
    ),
    "too-many-rows": Text(
        "一个文件最多 100 行，栏名那一行不算。请分成几个文件，一个一个交。",
        "A file has at most 100 rows below its heads: make several files of it and send them one by one.",
    ),
    "too-many-columns": Text(
        "一个文件最多 60 栏。请照模板，把多出来的栏删掉。",
        "A file has at most 60 columns: delete those that the template does not have.",
    ),
    "no-rows": Text(
        "栏名下面是空的。请从第 2 行起填，一行一件，再交一次。",
        "Nothing stands below the heads: fill it in from row 2 on, one application a row, and send it again.",
    ),
    "bad-receipt": Text(
        "这不是一张凭证。请把“谁问过我”里存下的凭证整个贴上来。",
        "This is no receipt: paste the whole of what you saved under “Who asked about me”.",
    ),
    "not-staff": Text(
        "没有部门认可这把工作人员钥匙做这件事。请由有权的工作人员办理。",
        "No department vouches for this staff key in that role: let somebody act who may.",
    ),
    "not-assigned": Text(
        "这一件在另一位工作人员手里，或还没有人领。请先领办，再操作。",
        "Another handles the case, or nobody yet: take the case first.",
    ),
    "bad-code": Text(
        "这个码不对，或过了两分钟。请在手机上再要一个。", "The code is wrong, used or too old: get a new one."
    ),
    "signs-on-phone": Text("这一件由本人在手机上签字。", "The person signs this one on their phone."),
    "nobody-waits": Text("现在没有人在等这个窗口。", "Nobody waits for this window."),
    "not-in-hands": Text("这个号已不在您手里，请再看一眼排队。", "The ticket is not in your hands: look at the queue."),
    "another-handler": Text("这一件要由其他工作人员办（回避）。请转给同事。", "A colleague must handle this one."),
    "bad-act": Text(
        "这一件现在不能走这一步，什么都没有改。请看清办件现在的状态再操作。",
        "The case is not open to that act; nothing was changed. Look at how it stands.",
    ),
    "paper-delivered": Text(
        "这份文书已经送达，首次送达的那一天算数，没有再改。",
        "This paper was delivered before; the first day counts and nothing was changed.",
    ),
    "paper-not-posted": Text(
        "这份文书还没有登记寄出。请先登记寄出日期和邮件号，再登记妥投。",
        "Nobody entered that it was posted: enter the day and the tracking number first, then that it arrived.",
    ),
    "paper-day": Text(
        "这一天不对：交付、寄出不能早于文书的日期，妥投不能早于寄出，都不能晚于今天。没有登记。",
        "Not that day: none before the paper's own, none later than today, and it arrives after it was posted.",
    ),
    "bad-payment": Text("收据的金额与应缴的不同。请核对收据。", "The receipt is of another sum than is due: check it."),
    **dict.fromkeys(
        (
            "bad-clock",
            "limit-days",
            "decided-early",
            "extension-unsigned",
            "suspension-reason",
            "suspension-untold",
            "suspension-long",
            "told-early",
            "no-terms",
            "extended-twice",
            "extension-days",
            "extension-late",
            "suspension-days",
        ),
        _CLOCK,
    ),
    "not-found": Text(
        "地址可能写错了，或者这件事、这一件不在这里。请从“办事”或“我的办件”进。",
        "The address may be wrong, or there is no such service or case here. Begin at “Services” or “My cases”.",
    ),
    "wrong-method": Text("请从页面上的按钮进，不要直接打开这个地址。", "Use the page's own button, not this address."),
    "not-in-this-state": Text(
        "办件已经走到别的步骤了。请打开办件，看现在能做什么。",
        "The case stands elsewhere by now: open it and see what it allows.",
    ),
    "overtaken": Text("办件刚刚有了新进展。请刷新再看。", "The case has just moved on: look again."),
    "item-frozen": Text(
        "已发布的版本不能再改。请另起一个新版本。", "A published version does not change: begin a new one."
    ),
    "not-allowed": Text("这个版本还不能走这一步。请先完成前面的步骤。", "The version is not ready for that step."),
    "body-too-long": Text("提交的内容太大了。请减少以后再提交。", "What was sent is too large: send less."),
    "erased": Text(
        "这一件保存期满，内容已销毁，谁也打不开。", "Its time has ended and it was erased: nobody can open it."
    ),
    "too-many-requests": Text("请过一分钟再试，已填的内容都在。", "Wait a minute; what you entered is kept."),
    "paper-seal-invalid": Text(
        "部门送回的章没有通过核对，文书没有留用。请过一会儿再取。",
        "The department's seal over this paper did not hold and nothing of it is kept: fetch it again in a while.",
    ),
    "fonts-missing": Text("暂时做不出文书，请告诉管理员。", "Papers cannot be made now: tell the operator."),
    "unavailable": _MOMENT,
    "database-failed": _MOMENT,
    "provider-unavailable": _MOMENT,
    "csrf": Text("请回到上一步，重新提交一次。", "Go back and send it once more."),
    "internal": Text(
        "已记下编号。请过一会儿再试；还是不行，请打 12345，报技术说明里的编号。",
        "Its number is noted. Try again in a while; if it stays so, call 12345 and name that number.",
    ),
}


def meaning_of(code: str) -> Text:
    """Return what a code means to a person and what to do."""
    return MEANINGS.get(code, ANY)
